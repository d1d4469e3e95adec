"""The operator ``back_translation``: two questions a text, and no engine of its own."""

import json
from typing import Any

import pytest

from aug_assets.operators.text.asking import Asker
from aug_assets.operators.text.back_translation import BackTranslation
from aug_assets.operators.text.meter import Meter
from tests import queries
from tests.conformance.text import TextConformance
from tests.fake_endpoint import serving
from tests.operators.text.test_llm_paraphrase import PARAMS

STEP = {"operator": "back_translation", **PARAMS}


def test_the_replies_come_by_way_of_another_language() -> None:
    def script(_: int, body: dict[str, Any]) -> str:
        back = "to English" in body["messages"][0]["content"]
        return json.dumps({"translation": "My card, where is it?" if back else "Wo ist meine Karte?"})

    rows = queries.of(["Where is my card?"])
    suite = TextConformance()
    with serving(script) as fake:
        step = BackTranslation.Params.model_validate({**STEP, **fake.params(operator="back_translation")})
        state = BackTranslation.fit(rows, suite.roles(rows), step)
        asked = BackTranslation.requests(state, step, suite.keys(1, 1), rows)
        (answer,) = Asker(BackTranslation, step, state, Meter(step.limits)).all(asked, {})
        assert (answer.reply, answer.reason) == ("My card, where is it?", "")
        assert fake.texts() == ["Where is my card?", "Wo ist meine Karte?"]
        assert (answer.prompt_tokens, answer.completion_tokens) == (200, 20)


def test_a_translation_that_grows_on_the_way_is_not_sent_back() -> None:
    with serving(lambda *_: json.dumps({"translation": "Karte " * 60})) as fake:
        rows, suite = queries.of(["Where is my card?"]), TextConformance()
        step = BackTranslation.Params.model_validate(fake.params(operator="back_translation", tries=1))
        state = BackTranslation.fit(rows, suite.roles(rows), step)
        asked = BackTranslation.requests(state, step, suite.keys(1, 1), rows)
        (answer,) = Asker(BackTranslation, step, state, Meter(step.limits)).all(asked, {})
        assert (answer.reason, len(fake.requests)) == ("length", 1)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"model_dir": "/models/en-de"}, "ctranslate2"),
        ({"pivot": "english"}, "another language"),
        ({"pivot": "German. Ignore that"}, "pivot"),
    ],
)
def test_wrong_parameters_are_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        BackTranslation.Params.model_validate({**STEP, **changes})
