"""The command `pulumi-scw-iam adopt` without an engine: files, lines, exit status."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.terraform_states import sources_in, terraform_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.organization import LocalOrganization

    Adopt = Callable[..., tuple[int, list[str], list[str]]]


def without_ids(lines: list[str]) -> list[str]:
    return [re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", line) for line in lines]


def writes(world: LocalOrganization) -> list[str]:
    """Return the API calls that write."""
    return [line for line in world.calls() if not line.startswith("GET ")]


def test_a_run_writes_a_project_and_an_import_file_and_calls_only_lists(
    adopt: Adopt, world: LocalOrganization
) -> None:
    status, lines, errors = adopt("iam")
    assert (status, errors) == (0, [])
    assert without_ids(lines) == [
        "wrote 1 group, 2 applications, 2 policies, 2 API keys, 1 SSH key, 1 user, 1 security settings"
        " into Pulumi.yaml, requirements.txt, __main__.py",
        "not adopted:",
        '  group "All Users" ID: it is the built-in group of all users',
        '  user "owner@example.com" ID: Scaleway does not allow changes (deletable is false)',
        "wrote iam/import.json: 10 resources to import",
        "next:",
        "  cd iam",
        "  pulumi stack init NAME",
        "  pulumi import --file import.json --yes --skip-preview --protect=false --generate-code=false",
        "  pulumi refresh --preview-only",
        "  pulumi preview --expect-no-changes",
        "  rm import.json",
    ]
    assert writes(world) == []
    document = json.loads(Path("iam/import.json").read_text())
    assert {resource["type"].rpartition(":")[2] for resource in document["resources"]} == {
        "APIKey",
        "Application",
        "Group",
        "OrganizationSecuritySettings",
        "Policy",
        "SSHKey",
        "User",
    }


def test_without_the_formatter_a_program_in_python_is_refused_before_any_call(
    adopt: Adopt, world: LocalOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ruff.__main__", None)  # like an installation without ruff
    for front in ("python", "native"):
        assert adopt("iam", "--front", front) == (
            1,
            [],
            [
                "pulumi-scw-iam: cannot format a program in Python: ruff is not installed; run pip install"
                " 'pulumi-scw-iam[adopt]', or use --front yaml"
            ],
        )
    assert world.calls() == []
    assert not Path("iam").exists()
    assert adopt("iam", "--front", "yaml")[0] == 0


def test_a_second_run_adds_what_is_new_and_leaves_the_rest(
    adopt: Adopt, world: LocalOrganization
) -> None:
    adopt("iam")
    main = Path("iam/__main__.py")
    edited = main.read_text().replace(
        'backup = iam.Application("backup")', "# mine\nbackup = iam.Application('backup')"
    )
    main.write_text(edited)
    world.iam.create_application(name="new")
    status, lines, errors = adopt("iam")
    assert (status, errors) == (0, [])
    assert main.read_text().startswith(edited.rstrip("\n"))
    assert 'iam.Application("new")' in main.read_text().removeprefix(edited)
    assert "wrote 1 application into __main__.py" in lines
    assert (
        "import.json has the objects of earlier runs too; pass --stack or --state to leave out what a stack"
        " has" in lines
    )


def test_the_import_file_can_be_outside_the_folder(adopt: Adopt, tmp_path: Path) -> None:
    file = tmp_path / "objects.json"
    status, lines, errors = adopt("iam", "--kind", "user", "--import-file", "../objects.json")
    assert (status, errors) == (0, [])
    assert not Path("iam/import.json").exists()
    assert lines[-6:] == [
        "  cd iam",
        "  pulumi stack init NAME",
        f"  pulumi import --file {file} --yes --skip-preview --protect=false --generate-code=false",
        "  pulumi refresh --preview-only",
        "  pulumi preview --expect-no-changes",
        f"  rm {file}",
    ]


def test_selected_objects_only(adopt: Adopt) -> None:
    status, lines, errors = adopt("iam", "--kind", "application", "--name", "ci-*", "--json")
    assert (status, errors) == (0, [])
    report = json.loads("\n".join(lines))
    assert [(one["kind"], one["name"]) for one in report["adopted"]] == [("Application", "ci-web")]
    assert report["import_file"]["remove"] == "rm iam/import.json"


def test_nothing_to_adopt(adopt: Adopt) -> None:
    status, lines, errors = adopt("iam", "--tag", "team=nobody")
    assert (status, errors) == (0, [])
    assert lines[-1] == "nothing to adopt"
    assert not Path("iam/import.json").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "pass the folder of the program to write, or --program DIR"),
        (("iam", "--program", "."), "pass the folder of the program to write, or --program DIR"),
        (("--program", "."), "--program needs --stack: the stack of the program"),
        (
            ("--program", ".", "--stack", "dev", "--front", "yaml"),
            "--front is for a program to write, not for --program",
        ),
        (
            ("--program", ".", "--stack", "dev", "--from-terraform", "-"),
            "--program and --from-terraform are given; pass one of them",
        ),
        (
            ("iam", "--from-stack", "-", "--from-terraform", "-"),
            "--from-terraform and --from-stack are given; pass one of them",
        ),
        (
            ("iam", "--import-file", "a.json", "--apply", "--stack", "dev"),
            "--import-file imports nothing; leave out --apply and --no-check",
        ),
        (("iam", "--apply"), "--apply needs --stack: the stack to import into"),
        (("iam", "--no-check"), "--no-check needs --stack: the check follows the import"),
        (
            ("iam", "--from-stack", "-", "--state", "-"),
            "- is given more than once: stdin can be read only once",
        ),
        (("iam", "--state", "none.json"), "none.json: No such file or directory"),
        (
            ("iam", "--kind", "role"),
            'unknown kind "role"; use one of api-key, application, group, policy, saml-certificate,'
            " saml-configuration, scim-configuration, scim-token, security-settings, ssh-key, user",
        ),
        (
            ("iam", "--from-terraform", "-"),
            "stdin: not JSON, or cut off; pass the output of `terraform state pull`",
        ),
    ],
)
def test_wrong_arguments_are_one_line(
    adopt: Adopt, arguments: tuple[str, ...], reason: str
) -> None:
    assert adopt(*arguments) == (1, [], [f"pulumi-scw-iam: {reason}"])
    assert not Path("iam").exists()


def test_a_folder_with_another_program_stays_as_it_is(adopt: Adopt) -> None:
    folder = Path("iam")
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: other\nruntime: yaml\n")
    status, lines, errors = adopt("iam")
    assert (status, lines) == (1, [])
    assert errors == [
        "pulumi-scw-iam: the folder has another program: Pulumi.yaml, without adopted.json; choose an empty"
        " folder"
    ]
    assert [path.name for path in folder.iterdir()] == ["Pulumi.yaml"]


def test_a_terraform_state_gives_names_and_secrets(adopt: Adopt, world: LocalOrganization) -> None:
    robot = world.iam.create_application(name="robot")["id"]
    key = world.iam.create_api_key(application_id=robot, description="deploy")
    secret = str(key["secret_key"])
    state = terraform_state(sources_in(world.iam, {key["access_key"]: secret}))
    world.calls()
    status, lines, errors = adopt("iam", "--from-terraform", "-", stdin=state)
    assert (status, errors) == (0, [])
    assert writes(world) == []
    file = Path("iam/import.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert secret in file.read_text()
    others = [path for path in Path("iam").iterdir() if path != file]
    assert not [path for path in others if secret in path.read_text()]
    assert not [line for line in lines if secret in line]
    assert lines[-1] == "  rm import.json"
    assert 'iam.APIKey("deploy", ' in Path("iam/__main__.py").read_text()


def test_a_file_with_secrets_is_not_written_into_a_git_work_tree(
    adopt: Adopt, world: LocalOrganization
) -> None:
    robot = world.iam.create_application(name="robot")["id"]
    key = world.iam.create_api_key(application_id=robot, description="deploy")
    state = terraform_state(sources_in(world.iam, {key["access_key"]: str(key["secret_key"])}))
    subprocess.run(["git", "init", "--quiet"], check=True)
    status, _, errors = adopt("iam", "--from-terraform", "-", stdin=state)
    assert status == 1
    folder = Path.cwd()
    assert errors == [
        f"pulumi-scw-iam: {folder}/iam/import.json: this file has secrets in clear, and {folder} is a git work"
        " tree; choose a file outside, or pass --force; or import without a file: pass --stack NAME"
    ]
    assert not Path("iam/import.json").exists()
    status, _, errors = adopt("iam", "--from-terraform", "-", "--force", stdin=state)
    assert (status, errors) == (0, [])
    assert Path("iam/import.json").exists()


def test_an_object_of_the_source_that_no_longer_exists_is_one_line_and_the_rest_goes_on(
    adopt: Adopt, world: LocalOrganization
) -> None:
    sources = sources_in(world.iam)
    (gone,) = [source for source in sources if source.item.get("name") == "backup"]
    world.iam.delete_application(gone.id)
    status, lines, errors = adopt("iam", "--from-terraform", "-", stdin=terraform_state(sources))
    assert status == 1
    assert [line for line in errors if gone.id in line and "no longer exists" in line] == errors
    assert any(line.startswith("wrote 1 group, 1 application, ") for line in lines)


def test_as_writes_all_resources_into_one_module(adopt: Adopt, world: LocalOrganization) -> None:
    status, _, errors = adopt("iam", "--kind", "group", "--as", "team.py")
    assert (status, errors) == (0, [])
    assert Path("iam/__main__.py").read_text() == (
        '"""Scaleway IAM, as found by `pulumi-scw-iam adopt`."""\n\nimport team  # noqa: F401\n'
    )
    user, robot = (
        next(item["id"] for item in items)
        for items in (
            world.iam.list_users(order_by="created_at_desc"),
            world.iam.list_applications(order_by="created_at_desc"),
        )
    )
    assert Path("iam/team.py").read_text().partition("import pulumi_scw_iam as iam\n")[2] == (
        f'\nAPPLICATIONS = {{\n    "backup": "{robot}",\n}}\n'
        f'\nUSERS = {{\n    "alice@example.com": "{user}",\n}}\n'
        '\ndevs = iam.Group(\n    "devs",\n    user_ids=[USERS["alice@example.com"]],\n'
        '    application_ids=[APPLICATIONS["backup"]],\n)\n'
    )


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (
            ("--front", "yaml", "--as", "team.yaml"),
            "--as is for Python: a program in YAML is one file; leave --as out",
        ),
        (
            ("--as", "../team.py"),
            '"../team.py" cannot be a module of the program; pass a name such as team.py',
        ),
    ],
)
def test_as_refuses_a_file_that_is_no_module(
    adopt: Adopt, arguments: tuple[str, ...], reason: str
) -> None:
    assert adopt("iam", *arguments) == (1, [], [f"pulumi-scw-iam: {reason}"])
    assert not Path("iam").exists()
