"""The words for how sessions end and for what was odd about them."""

from __future__ import annotations

from backend.model.words import SessionFlag
from backend.text import t

_GOOD = frozenset(
    {
        "Local",
        "EVDisconnected",
        "Remote",
        "StoppedByEV",
        "SOCLimitReached",
        "EnergyLimitReached",
        "TimeLimitReached",
        "CostLimitReached",
        "MasterPass",
        "UnlockCommand",
    }
)


def ended_well(reason: str | None) -> bool:
    """Whether somebody meant it to end: a driver, a car, an operator."""
    return reason in _GOOD


def stop_word(reason: str | None) -> str:
    """Why it ended, in two words at most; a reason that nobody knows stays as the station sent it."""
    if not reason:
        return t("no reason said")
    return {
        "Local": t("by driver"),
        "EVDisconnected": t("unplugged"),
        "Remote": t("remotely"),
        "StoppedByEV": t("by car"),
        "SOCLimitReached": t("battery full"),
        "EnergyLimitReached": t("energy limit"),
        "TimeLimitReached": t("time limit"),
        "CostLimitReached": t("cost limit"),
        "MasterPass": t("master card"),
        "UnlockCommand": t("unlocked"),
        "DeAuthorized": t("card refused"),
        "Deauthorized": t("card refused"),
        "EmergencyStop": t("emergency stop"),
        "GroundFault": t("earth fault"),
        "OvercurrentFault": t("overcurrent"),
        "PowerLoss": t("power lost"),
        "PowerQuality": t("power quality"),
        "HardReset": t("hard reset"),
        "SoftReset": t("soft reset"),
        "ImmediateReset": t("reset"),
        "Reboot": t("restart"),
        "Timeout": t("car never came"),
        "LocalOutOfCredit": t("no credit left"),
        "ReqEnergyTransferRejected": t("car's wish refused"),
        "Other": t("other"),
    }.get(reason, reason)


def stop_sentence(reason: str | None, at: str) -> str:
    """Why it ended, as the sentence of the page."""
    if not reason:
        return t("It ended at {at}; the post gave no reason.", at=at)
    told = {
        "Local": t("The driver ended it at the post at {at}.", at=at),
        "EVDisconnected": t("It ended at {at}: the plug was pulled.", at=at),
        "Remote": t("It was stopped remotely at {at}.", at=at),
        "StoppedByEV": t("The car ended it at {at}.", at=at),
        "SOCLimitReached": t("It ended at {at}: the battery was as full as was wanted.", at=at),
        "EnergyLimitReached": t("It ended at {at}: the energy that was asked for had flowed.", at=at),
        "TimeLimitReached": t("It ended at {at}: its time was up.", at=at),
        "CostLimitReached": t("It ended at {at}: its cost limit was reached.", at=at),
        "MasterPass": t("A master card ended it at {at}.", at=at),
        "UnlockCommand": t("It ended at {at}, because the plug was unlocked remotely.", at=at),
        "DeAuthorized": t(
            "It ended at {at}: the card was not accepted. The plug may be locked until it is shown.", at=at
        ),
        "Deauthorized": t(
            "It ended at {at}: the card was not accepted. The plug may be locked until it is shown.", at=at
        ),
        "EmergencyStop": t("The emergency stop ended it at {at}.", at=at),
        "GroundFault": t("An earth fault ended it at {at}.", at=at),
        "OvercurrentFault": t("An overcurrent ended it at {at}.", at=at),
        "PowerLoss": t("It ended at {at}: the post lost its power.", at=at),
        "PowerQuality": t("It ended at {at}: the grid was not good enough.", at=at),
        "HardReset": t("A hard reset cut it off at {at}.", at=at),
        "SoftReset": t("A soft reset ended it at {at}.", at=at),
        "ImmediateReset": t("A reset cut it off at {at}.", at=at),
        "Reboot": t("It ended at {at}: the post restarted.", at=at),
        "Timeout": t("It ended at {at}: no car was plugged in in time.", at=at),
        "LocalOutOfCredit": t("It ended at {at}: no credit was left.", at=at),
        "ReqEnergyTransferRejected": t("It ended at {at}: the post could not give what the car asked for.", at=at),
    }.get(reason)
    return told if told is not None else t("It ended at {at}; the reason was given as {reason}.", at=at, reason=reason)


def flag_word(flag: str) -> str:
    """What was odd about a session, in a few words."""
    words: dict[str, str] = {
        SessionFlag.START_MISSING: t("start missing"),
        SessionFlag.ASSUMED_ENDED: t("end assumed"),
        SessionFlag.RECEIVED_LATE: t("told later"),
        SessionFlag.GAP: t("gap in messages"),
        SessionFlag.REPEATED: t("told twice"),
        SessionFlag.UNKNOWN_TRANSACTION: t("unknown number"),
        SessionFlag.REFUSED: t("card refused"),
        SessionFlag.CONFLICT: t("contradiction"),
        SessionFlag.SURPLUS: t("one too many"),
        SessionFlag.REGISTER_FELL: t("meter fell"),
    }
    return words.get(flag, flag)


def flag_sentence(flag: str) -> str:
    """What was odd about a session, in a sentence."""
    sentences: dict[str, str] = {
        SessionFlag.START_MISSING: t("Its start never came; it is made from its stop or its readings."),
        SessionFlag.ASSUMED_ENDED: t("No stop came; it counts as ended because the outlet went on without it."),
        SessionFlag.RECEIVED_LATE: t("The post told of it later, after it had been offline."),
        SessionFlag.GAP: t("A message in its sequence is missing."),
        SessionFlag.REPEATED: t("A message of it came more than once, and counts once."),
        SessionFlag.UNKNOWN_TRANSACTION: t("Its stop named a number that we never gave."),
        SessionFlag.REFUSED: t("The card was not accepted at its start."),
        SessionFlag.CONFLICT: t("What the outlet said and what was measured contradict each other."),
        SessionFlag.SURPLUS: t("The post had too many sessions open at once; this one was closed to make room."),
        SessionFlag.REGISTER_FELL: t("The meter went down; only the parts that rose are counted."),
    }
    return sentences.get(flag, flag)
