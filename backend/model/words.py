"""The words of the domain that are ours; OCPP's own words stay plain strings, as the station sent them."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Version(StrEnum):
    """OCPP versions, in the words of the contract."""

    V16 = "1.6"
    V201 = "2.0.1"
    V21 = "2.1"

    @property
    def subprotocol(self) -> str:
        """The WebSocket subprotocol, as OCPP-J spells it."""
        return f"ocpp{self.value}"


class Link(StrEnum):
    """What we know of the connection to a station."""

    ONLINE = "online"
    OFFLINE = "offline"
    DEAF = "deaf"
    """It talks, and answers no command (domain.md 1.1)."""
    NEVER_SEEN = "never_seen"


class BootStatus(StrEnum):
    """What we answered to its last BootNotification."""

    ACCEPTED = "accepted"
    PENDING = "pending"
    REJECTED = "rejected"
    NONE = "none"


class Admission(StrEnum):
    """What the operator has decided about a station."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    BLOCKED = "blocked"


class Service(StrEnum):
    """Whether the minutes of an outlet count."""

    PLANNED = "planned"
    IN_SERVICE = "in_service"
    OUT_OF_SERVICE = "out_of_service"
    RETIRED = "retired"


class Activity(StrEnum):
    """What goes on at an outlet: ours, made of status, chargingState and meter values."""

    IDLE = "idle"
    PLUGGED = "plugged"
    CHARGING = "charging"
    SUSPENDED_EV = "suspended_ev"
    SUSPENDED_EVSE = "suspended_evse"
    FINISHING = "finishing"
    RESERVED = "reserved"
    UNAVAILABLE = "unavailable"
    FAULTED = "faulted"
    UNKNOWN = "unknown"


class Known(StrEnum):
    """Whether a state is seen now, or is what was seen last."""

    LIVE = "live"
    LAST_KNOWN = "last_known"


class SessionState(StrEnum):
    ACTIVE = "active"
    ENDED = "ended"


class SessionFlag(StrEnum):
    """What was odd about a session."""

    START_MISSING = "start_missing"
    """Made from its stop or its meter values alone (R11)."""
    ASSUMED_ENDED = "assumed_ended"
    """No stop came; closed by policy: boot, Available, or a new start on the connector."""
    RECEIVED_LATE = "received_late"
    """Replayed after an offline time (R10)."""
    GAP = "gap"
    """A TransactionEvent is missing in the sequence (R15)."""
    REPEATED = "repeated"
    """A message of it came more than once (R12)."""
    UNKNOWN_TRANSACTION = "unknown_transaction"
    """Its stop named a transaction that we never gave (-1, 0, or foreign)."""
    REFUSED = "refused"
    """The token was not accepted at the start (R16)."""
    CONFLICT = "conflict"
    """Status and measurement contradict each other."""
    SURPLUS = "surplus"
    """One of too many that were open at once beside what its outlets do; closed to make room."""
    REGISTER_FELL = "register_fell"
    """The meter register went down; energy counts from the parts that rose."""


class TokenStatus(StrEnum):
    """Authorisation answers, in the words of OCPP 1.6; 2.x translates `INVALID` and `UNKNOWN` itself."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"
    INVALID = "Invalid"
    CONCURRENT_TX = "ConcurrentTx"


class Severity(IntEnum):
    """S1 safety or critical, S2 high, S3 medium, S4 low (domain.md 1.4)."""

    S1 = 1
    S2 = 2
    S3 = 3
    S4 = 4


class AlarmState(StrEnum):
    """The life cycle of ANSI/ISA-18.2."""

    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"
    """Returned to normal, not acknowledged."""
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    """By design: a parent alarm or a maintenance window tells it already."""
    OUT_OF_SERVICE = "out_of_service"
    NORMAL = "normal"


class OperationState(StrEnum):
    """How far a remote operation has come; the last six are ends."""

    QUEUED = "queued"
    SENT = "sent"
    ANSWERED = "answered"
    PROVED = "proved"
    REFUSED = "refused"
    UNPROVED = "unproved"
    TIMEOUT = "timeout"
    OFFLINE = "offline"

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self not in (OperationState.QUEUED, OperationState.SENT, OperationState.ANSWERED)


class Exit(IntEnum):
    """Exit codes of the command line (CONTRACT.md)."""

    DONE = 0
    ERROR = 1
    NOT_PERMITTED = 2
    REFUSED = 3
    NOT_PROVED = 4
    NO_ANSWER = 5


class Right(StrEnum):
    """What a person may do. Roles are sets of these."""

    READ = "read"
    ACKNOWLEDGE = "acknowledge"
    OPERATE = "operate"
    """Remote operations that end no charge and change no setting."""
    OPERATE_HARD = "operate_hard"
    """Hard reset, availability, and whatever cuts a live charge."""
    CALL = "call"
    """Any OCPP call to a station."""
    REGISTER = "register"
    """Change sites, stations, outlets, tokens; accept and block stations."""
    REVEAL = "reveal"
    """See a token in full; every time is recorded with its reason."""
    ADMINISTER = "administer"
    """Have the server copy its database, keys and tokens included, to a file."""
