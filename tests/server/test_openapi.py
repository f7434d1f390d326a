"""The description at /openapi.json says what is there: each route, each field, each status."""

import pytest

from sosie.server.asked import AskedChat
from sosie.server.openapi import description


def test_each_route_is_described_in_its_way_and_no_other_is(served):
    described = served.ask("/openapi.json").json
    for path, operations in described["paths"].items():
        (method,) = operations.keys() - {"parameters"}
        asked = served.ask(path.replace("{id}", "lea"), b"[" if method == "post" else None)
        assert str(asked.status) in operations[method]["responses"], path
        assert asked.status == (400 if method == "post" else 200), path
    routes = {"/": 0, "/v1/models": 0, "/v1/models/{id}": 0, "/v1/chat/completions": 0, "/v1/responses": 0}
    assert routes.keys() <= described["paths"].keys()


def test_each_field_that_can_be_asked_is_described():
    fields = description()["components"]["schemas"]["AskedChat"]["properties"]
    assert fields.keys() == AskedChat.model_fields.keys()
    assert fields["sosie_strength"]["anyOf"][0]["maximum"] == 1.5


def test_no_reference_is_to_nothing():
    def references(value):
        if isinstance(value, dict):
            yield from [value["$ref"]] if "$ref" in value else []
            value = [*value.values()]
        if isinstance(value, list):
            for inside in value:
                yield from references(inside)

    schemas = description()["components"]["schemas"]
    assert {name.rpartition("/")[2] for name in references(description())} <= schemas.keys()


@pytest.mark.parametrize(
    ("name", "status"), [("lea", 200), ("cass%C3%A9", 200), ("un/autre", 404), ("", 404)]
)
def test_one_model_is_told_by_its_name(served, name, status):
    told = served.ask(f"/v1/models/{name}")
    assert told.status == status
    if status == 200:
        assert told.json in served.ask("/v1/models").json["data"]
    else:
        assert told.json["error"]["message"].endswith(".")
