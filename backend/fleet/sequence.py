"""The order of a transaction's events in OCPP 2.x: seqNo tells it, the order of receipt need not (recipe R15)."""

from __future__ import annotations

from backend.model.session import Session
from backend.model.words import SessionFlag

SEQUENCE_KEPT = 256
"""Numbers above a gap that are remembered."""


def is_behind(session: Session, seq_no: int | None) -> bool:
    """Whether an event of this number comes after one that the station counted later."""
    if seq_no is None:
        return False
    return any(seq_no < seen for seen in session.seen_seq) or seq_no < (session.next_seq or 0)


def take_sequence(session: Session, seq_no: int) -> bool:
    """Note a TransactionEvent's number. False: it was here already. A hole is a gap until it is filled (R15)."""
    expected = session.next_seq
    if expected is None:
        session.next_seq = seq_no + 1
        return True
    if seq_no in session.seen_seq:
        return False
    if seq_no < expected:
        return SessionFlag.START_MISSING in session.flags
    if len(session.seen_seq) < SEQUENCE_KEPT:
        session.seen_seq.add(seq_no)
    while session.next_seq in session.seen_seq:
        session.seen_seq.discard(session.next_seq)
        session.next_seq += 1
    if session.seen_seq:
        session.flags.add(SessionFlag.GAP)
    elif SessionFlag.START_MISSING not in session.flags:
        session.flags.discard(SessionFlag.GAP)
    return True
