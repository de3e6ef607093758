"""Breaking changes of the schema, for programs and states of an older version."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tools.generate.schema import package_schema
from tools.generate.schema_file import ROOT, TARGET, Difference, differences

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Schema = dict[str, Any]

GROUP, GET, RULE = "scw-iam:index:Group", "scw-iam:index:getGroup", "scw-iam:index:PolicyRule"
USER_TYPE = "scw-iam:index:UserType"
ALIAS = "pulumi-python:dynamic/scw_iam:Group"


def changed(change: Callable[[Schema], object]) -> Schema:
    schema = package_schema()
    change(schema)
    return schema


BREAKING: dict[str, Callable[[Schema], object]] = {
    f"resource {GROUP} is removed": lambda s: s["resources"].pop(GROUP),
    f"function {GET} is removed": lambda s: s["functions"].pop(GET),
    f"type {RULE} is removed": lambda s: s["types"].pop(RULE),
    "setting profile is removed": lambda s: s["config"].update(
        variables={k: v for k, v in s["config"]["variables"].items() if k != "profile"}
    ),
    f"{GROUP}: input tags is removed": lambda s: s["resources"][GROUP]["inputProperties"].pop(
        "tags"
    ),
    f"{GROUP}: output tags is removed": lambda s: s["resources"][GROUP]["properties"].pop("tags"),
    f"{GET}: argument name is removed": lambda s: s["functions"][GET]["inputs"]["properties"].pop(
        "name"
    ),
    f"{GET}: result tags is removed": lambda s: s["functions"][GET]["outputs"]["properties"].pop(
        "tags"
    ),
    f"{RULE}: property condition is removed": lambda s: s["types"][RULE]["properties"].pop(
        "condition"
    ),
    f"{GROUP}: input name was string and is boolean": lambda s: s["resources"][GROUP][
        "inputProperties"
    ]["name"].update(type="boolean"),
    f"{GROUP}: input tags was list of string and is list of integer": lambda s: s["resources"][
        GROUP
    ]["inputProperties"]["tags"]["items"].update(type="integer"),
    f"scw-iam:index:Policy: input rules was list of {RULE} and is list of scw-iam:index:Other": (
        lambda s: s["resources"]["scw-iam:index:Policy"]["inputProperties"]["rules"].update(
            items={"$ref": "#/types/scw-iam:index:Other"}
        )
    ),
    f"{GROUP}: input tags is now required": lambda s: s["resources"][GROUP][
        "requiredInputs"
    ].append("tags"),
    f"{GET}: argument name is now required": lambda s: s["functions"][GET]["inputs"][
        "required"
    ].append("name"),
    f"{RULE}: property condition is now required": lambda s: s["types"][RULE]["required"].append(
        "condition"
    ),
    f"{GROUP}: output name is no longer always set": lambda s: s["resources"][GROUP][
        "required"
    ].remove("name"),
    f"{GET}: result name is no longer always set": lambda s: s["functions"][GET]["outputs"][
        "required"
    ].remove("name"),
    f"{RULE}: property permissionSetNames is no longer always set": lambda s: s["types"][RULE][
        "required"
    ].remove("permissionSetNames"),
    f"{GROUP}: alias {ALIAS} is removed": lambda s: s["resources"][GROUP]["aliases"].clear(),
    f"{USER_TYPE}: value guest is removed": lambda s: s["types"][USER_TYPE]["enum"].remove(
        {"value": "guest"}
    ),
}
NOTABLE: dict[str, Callable[[Schema], object]] = {
    f"{GROUP}: input organizationId is no longer a reason to replace the resource": lambda s: s[
        "resources"
    ][GROUP]["inputProperties"]["organizationId"].pop("replaceOnChanges"),
    f"{GROUP}: input name is now a reason to replace the resource": lambda s: s["resources"][GROUP][
        "inputProperties"
    ]["name"].update(replaceOnChanges=True),
    f"{GROUP}: output name is now a secret": lambda s: s["resources"][GROUP]["properties"][
        "name"
    ].update(secret=True),
    "scw-iam:index:APIKey: output secretKey is no longer a secret": lambda s: s["resources"][
        "scw-iam:index:APIKey"
    ]["properties"]["secretKey"].pop("secret"),
}


@pytest.mark.parametrize("difference", BREAKING)
def test_what_programs_would_miss_is_breaking(difference: str) -> None:
    assert differences(package_schema(), changed(BREAKING[difference])) == [
        Difference(difference, breaking=True)
    ]


@pytest.mark.parametrize("difference", NOTABLE)
def test_what_programs_would_notice_is_told(difference: str) -> None:
    assert differences(package_schema(), changed(NOTABLE[difference])) == [
        Difference(difference, breaking=False)
    ]


def test_what_is_added_is_no_difference() -> None:
    def add(schema: Schema) -> None:
        group, get = schema["resources"][GROUP], schema["functions"][GET]
        schema["resources"]["scw-iam:index:New"] = group
        schema["functions"]["scw-iam:index:getNew"] = get
        schema["types"]["scw-iam:index:New"] = schema["types"][RULE]
        schema["types"][USER_TYPE]["enum"].append({"value": "robot"})
        schema["types"][RULE]["properties"]["new"] = {"type": "string"}
        for properties in (
            schema["provider"]["inputProperties"],
            group["inputProperties"],
            group["properties"],
            get["inputs"]["properties"],
            get["outputs"]["properties"],
        ):
            properties["new"] = {"type": "string"}
        group["required"].append("new")
        group["aliases"].append({"type": "scw-iam:index:Crew"})
        get["outputs"]["required"].append("new")
        schema["resources"]["scw-iam:index:SSHKey"]["requiredInputs"].clear()

    assert differences(package_schema(), changed(add)) == []


def test_an_input_that_is_new_and_required_is_breaking() -> None:
    def add(schema: Schema) -> None:
        schema["resources"][GROUP]["inputProperties"]["new"] = {"type": "string"}
        schema["resources"][GROUP]["requiredInputs"].append("new")

    assert differences(package_schema(), changed(add)) == [
        Difference(f"{GROUP}: input new is now required", breaking=True)
    ]


CHECK = "import sys; from tools.generate import schema_file; sys.exit(schema_file.main(check=True))"


class Checkout:
    """A git repository with the generator and a current schema.json."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.schema = folder / TARGET.relative_to(ROOT)
        self.schema.parent.mkdir(parents=True)
        shutil.copytree(ROOT / "tools" / "generate", folder / "tools" / "generate")
        self.git("init", "--quiet")
        self.git("commit", "--quiet", "--allow-empty", "--message", "begin")

    def git(self, *arguments: str) -> None:
        identity = ("-c", "user.name=test", "-c", "user.email=test@example.com")
        subprocess.run(["git", *identity, *arguments], cwd=self.folder, check=True)

    def release(self, tag: str, schema: Schema) -> None:
        self.schema.write_text(json.dumps(schema))
        self.git("add", str(self.schema))
        self.git("commit", "--quiet", "--message", tag)
        self.git("tag", tag)
        self.git("commit", "--quiet", "--allow-empty", "--message", "next")

    def check(self, *, ci: bool = False) -> tuple[int, str]:
        made = json.dumps(package_schema(), indent=2, ensure_ascii=False) + "\n"
        self.schema.write_text(made, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-c", CHECK],
            cwd=self.folder,
            env={**os.environ, "CI": "1" if ci else ""},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def with_more(version: str) -> Schema:
    """Return an older schema: with a resource that no longer exists, and without a secret mark."""

    def change(schema: Schema) -> None:
        schema["version"] = version
        schema["resources"]["scw-iam:index:Crew"] = schema["resources"][GROUP]
        del schema["resources"]["scw-iam:index:APIKey"]["properties"]["secretKey"]["secret"]

    return changed(change)


def test_before_the_first_release_the_check_says_that_it_compares_nothing(
    checkout: Checkout,
) -> None:
    expected = (0, "schema.json: not compared with a release: there is no earlier tag v*\n")
    assert checkout.check() == checkout.check(ci=True) == expected


def test_a_break_since_the_last_release_fails_the_check(checkout: Checkout) -> None:
    version = package_schema()["version"]
    checkout.release("v0.0.9", package_schema())
    checkout.release("v0.0.10", with_more(version))
    assert checkout.check() == (
        1,
        "since v0.0.10, breaking: resource scw-iam:index:Crew is removed\n"
        "since v0.0.10: scw-iam:index:APIKey: output secretKey is now a secret\n"
        f"version {version} must not break programs for v0.0.10; raise the version, or undo the breaking"
        " changes\n",
    )


def test_a_version_that_may_break_only_says_what_it_breaks(checkout: Checkout) -> None:
    checkout.release("v0.0.1", with_more("0.0.1"))
    assert checkout.check() == (
        0,
        "since v0.0.1, breaking: resource scw-iam:index:Crew is removed\n"
        "since v0.0.1: scw-iam:index:APIKey: output secretKey is now a secret\n",
    )


def test_a_release_is_compared_with_the_one_before(checkout: Checkout) -> None:
    """The commit of a tag is not compared with itself, and a release candidate comes before its version."""
    version = package_schema()["version"]
    checkout.release("v0.0.9-rc.1", package_schema())
    checkout.release("v0.0.9", with_more(version))
    checkout.release("v0.0.10", package_schema())
    checkout.git("checkout", "--quiet", "--detach", "v0.0.10")
    assert checkout.check()[1].splitlines()[0] == (
        "since v0.0.9, breaking: resource scw-iam:index:Crew is removed"
    )


def test_a_tag_of_another_branch_is_no_release_before_this_commit(checkout: Checkout) -> None:
    checkout.release("v0.0.1", package_schema())
    checkout.git("checkout", "--quiet", "-b", "other")
    checkout.release("v0.0.2", with_more("0.0.2"))
    checkout.git("checkout", "--quiet", "-")
    assert checkout.check() == (0, "")


class Shallow(Checkout):
    """A shallow clone of a checkout."""

    def __init__(self, source: Checkout, folder: Path, *options: str) -> None:
        address = f"file://{source.folder}"
        clone = ["git", "clone", "--quiet", "--depth", "1", *options, address, str(folder)]
        subprocess.run(clone, check=True)
        self.folder = folder
        self.schema = folder / TARGET.relative_to(ROOT)
        self.schema.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(
            ROOT / "tools" / "generate", folder / "tools" / "generate", dirs_exist_ok=True
        )


def test_a_shallow_clone_says_that_it_compares_nothing_and_fails_in_ci(
    checkout: Checkout, tmp_path_factory: pytest.TempPathFactory
) -> None:
    checkout.release("v0.0.1", with_more(package_schema()["version"]))
    clone = Shallow(checkout, tmp_path_factory.mktemp("shallow") / "clone")
    message = (
        "schema.json: not compared with the last release: the clone is shallow; run"
        " `git fetch --unshallow --tags`\n"
    )
    assert clone.check() == (0, message)
    assert clone.check(ci=True) == (1, message)
    clone.git("fetch", "--quiet", "--unshallow", "--tags")
    status, output = clone.check(ci=True)
    assert status == 1
    assert output.startswith("since v0.0.1, breaking: resource scw-iam:index:Crew is removed\n")


def test_a_shallow_clone_with_tags_names_the_tag_that_it_compares_with(
    checkout: Checkout, tmp_path_factory: pytest.TempPathFactory
) -> None:
    checkout.release("v0.0.1", with_more(package_schema()["version"]))
    clone = Shallow(checkout, tmp_path_factory.mktemp("shallow") / "clone")
    clone.git("fetch", "--quiet", "--depth", "1", "--tags")
    status, output = clone.check()
    assert status == 1
    assert output.splitlines()[:2] == [
        "schema.json: compared with v0.0.1, the last tag of a shallow clone",
        "since v0.0.1, breaking: resource scw-iam:index:Crew is removed",
    ]
