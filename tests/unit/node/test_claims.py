"""Under which lease does a node claim that an order was never sent? That of its task, no newer."""

import json
from datetime import timedelta
from uuid import uuid4

from unit.node.test_life import NOW, fresh, task

from ironbull_messages.refusals import Refusal
from ironbull_messages.words import OrderState
from ironbull_node import life as lives
from ironbull_node import results
from ironbull_node.life import Life


def claimed() -> Life:
    """Return a task of epoch 1 that ended unsent."""
    return lives.give_up(fresh(), Refusal.LEASE_ENDING).model_copy(update={"seq": 1})


def test_a_claim_carries_its_tasks_epoch_whatever_was_held_since() -> None:
    """In between another member may have placed the order under epoch 2."""
    kept = claimed().model_copy(update={"claimed_epoch": 3})

    (told,) = results.results_of(kept, uuid4(), NOW)

    assert (told.state, told.epoch) == (OrderState.NOT_SENT, 1)


def test_a_claim_under_a_newer_task_carries_the_newer_epoch() -> None:
    newer = task().model_copy(update={"epoch": 2, "fresh": False})
    again = lives.prove_absent(lives.readdress(claimed(), newer, 9_000))
    ended = lives.give_up(again, Refusal.TASK_EXPIRED).model_copy(update={"seq": 2})

    (told,) = results.results_of(ended, uuid4(), NOW + timedelta(seconds=60))

    assert (told.state, told.epoch) == (OrderState.NOT_SENT, 2)


def test_a_journal_of_an_older_version_is_read() -> None:
    life = claimed()
    old = {**json.loads(life.model_dump_json()), "claimed_epoch": 3}

    assert Life.model_validate_json(json.dumps(old)).task == life.task
