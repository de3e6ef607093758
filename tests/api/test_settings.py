"""The sources of credentials and defaults."""

from __future__ import annotations

import copy
import pickle
import re
import traceback
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_scw_iam.api.settings import PROFILE, SETTINGS, Setting, Settings, sources
from pulumi_scw_iam.common.errors import ConfigError

SECRET = "7a0c1f5e-0000-4000-8000-5ec2e7000001"
ORGANIZATION = "11111111-1111-4111-8111-111111111111"

VALUES = {
    "access_key": [f"SCW0000000000000000{n}" for n in range(5)],
    "secret_key": [f"7a0c1f5e-0000-4000-8000-5ec2e700000{n}" for n in range(5)],
    "api_url": [f"https://api{n}.example.com" for n in range(5)],
    "organization_id": [f"11111111-1111-4111-8111-11111111111{n}" for n in range(5)],
    "project_id": [f"22222222-2222-4222-8222-22222222222{n}" for n in range(5)],
    "user_agent_suffix": [f"ci/{n}" for n in range(5)],
    "allow_self_lockout": ["true", "false", "true", "false", "true"],
    "allow_unknown_permission_sets": [f"Beta{n},Other" for n in range(5)],
    "ignore_condition_checks": [
        *("condition-network", "condition-escape", "condition-annotation"),
        *("condition-past-date", "condition-network,condition-escape"),
    ],
    "trust_policy_timestamps": ["true", "false", "true", "false", "true"],
    "request_timeout": ["1", "2.5", "0.001", "99999", "30"],
    "retry_timeout": ["1", "2.5", "0.001", "99999", "120"],
    "allow_http": ["true", "false", "true", "false", "true"],
}
TYPES: dict[str, Any] = {
    "allow_self_lockout": {"true": True, "false": False},
    "allow_unknown_permission_sets": {f"Beta{n},Other": {f"Beta{n}", "Other"} for n in range(5)},
    "ignore_condition_checks": {
        text: set(text.split(",")) for text in VALUES["ignore_condition_checks"]
    },
    "trust_policy_timestamps": {"true": True, "false": False},
    "request_timeout": {"1": 1.0, "2.5": 2.5, "0.001": 0.001, "99999": 99999.0, "30": 30.0},
    "retry_timeout": {"1": 1.0, "2.5": 2.5, "0.001": 0.001, "99999": 99999.0, "120": 120.0},
    "allow_http": {"true": True, "false": False},
}
"""The parsed values of the texts above, for settings that are not texts."""
PLACES = ("argument", "configuration", "environment", "profile", "top level")


def typed(name: str, text: str) -> Any:
    """Return the parsed value of one of the texts above."""
    return TYPES[name][text] if name in TYPES else text


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scw") / "config.yaml"


def resolve(
    content: str | None = None, *, file: Path | None = None, **keywords: Any
) -> Settings | str:
    """Return the settings, or the message of the error; the environment of the machine is not used."""
    environ = {"HOME": "/nowhere", **keywords.pop("environ", {})}
    pulumi_config = keywords.pop("pulumi_config", {})
    if file is not None:
        file.write_text(content or "")
        environ["SCW_CONFIG_PATH"] = str(file)
    try:
        return Settings.resolve(environ=environ, pulumi_config=pulumi_config.get, **keywords)
    except ConfigError as error:
        message, chain = str(error), (error.__cause__, error.__context__)
    assert chain == (None, None), "a parser's error may quote the file"
    return message


def _keys_apart(file: Path, expected: dict[str, str]) -> dict[str, str]:
    """Return the expected `keys_apart`: the sources of the two keys, if different."""
    shown = {
        "argument": "the argument {0}",
        "configuration": "scw-iam:{1} in the configuration",
        "environment": "SCW_{2} in the environment",
        "profile": f'{{0}} in profile "ci" of {file}',
        "top level": f"{{0}} in {file}",
    }
    places, descriptions = [], []
    for name, *spelled in (
        ("access_key", "accessKey", "ACCESS_KEY"),
        ("secret_key", "secretKey", "SECRET_KEY"),
    ):
        if name in expected:
            place = PLACES[VALUES[name].index(expected[name])]
            places.append(place)
            descriptions.append(shown[place].format(name, *spelled))
    return {"keys_apart": " and ".join(descriptions)} if len(set(places)) > 1 else {}


@given(
    st.fixed_dictionaries(
        {name: st.sets(st.sampled_from(PLACES)) for name in SETTINGS if name != "secret_key"}
    ),
    st.sets(st.sampled_from(PLACES), min_size=1),
)
def test_the_first_place_that_has_a_setting_wins(
    file: Path, places: dict[str, set[str]], secret_places: set[str]
) -> None:
    arguments, stack, environ, profile, top = {}, {}, {"SCW_PROFILE": "ci"}, {}, {}
    expected: dict[str, Any] = {
        "api_url": "https://api.scaleway.com",
        "request_timeout": 30.0,
        "retry_timeout": 120.0,
    }
    for name, setting in SETTINGS.items():
        chosen = secret_places if name == "secret_key" else places[name]
        value = dict(zip(PLACES, VALUES[name], strict=True))
        known = []
        for place in PLACES:
            if place not in chosen:
                continue
            if place == "argument":
                arguments[name] = value[place]
            elif place == "configuration":
                stack[setting.config_key] = value[place]
            elif place == "environment" and setting.environment:
                environ[setting.environment] = value[place]
            elif place == "profile" and setting.profile_key:
                profile[setting.profile_key] = value[place]
            elif place == "top level" and setting.profile_key:
                top[setting.profile_key] = value[place]
            else:
                continue
            known.append(value[place])
        if known:
            expected[name] = typed(name, known[0])
    expected |= _keys_apart(file, expected)
    lines = [f"{key}: {value}" for key, value in top.items()]
    lines += ["profiles:", "  ci:", "    insecure: false"]
    lines += [f"    {key}: {value}" for key, value in profile.items()]
    assert resolve(
        "\n".join(lines), file=file, environ=environ, pulumi_config=stack, **arguments
    ) == Settings(**expected)


def test_the_names_are_those_of_the_official_tools() -> None:
    assert [(s.name, s.config_key, s.environment, s.profile_key) for s in SETTINGS.values()] == [
        ("access_key", "scw-iam:accessKey", "SCW_ACCESS_KEY", "access_key"),
        ("secret_key", "scw-iam:secretKey", "SCW_SECRET_KEY", "secret_key"),
        ("api_url", "scw-iam:apiUrl", "SCW_API_URL", "api_url"),
        (
            "organization_id",
            "scw-iam:organizationId",
            "SCW_DEFAULT_ORGANIZATION_ID",
            "default_organization_id",
        ),
        ("project_id", "scw-iam:projectId", "SCW_DEFAULT_PROJECT_ID", "default_project_id"),
        ("user_agent_suffix", "scw-iam:userAgentSuffix", None, None),
        ("allow_self_lockout", "scw-iam:allowSelfLockout", None, None),
        ("allow_unknown_permission_sets", "scw-iam:allowUnknownPermissionSets", None, None),
        ("ignore_condition_checks", "scw-iam:ignoreConditionChecks", None, None),
        ("trust_policy_timestamps", "scw-iam:trustPolicyTimestamps", None, None),
        (
            "request_timeout",
            "scw-iam:requestTimeout",
            "PULUMI_SCW_IAM_REQUEST_TIMEOUT",
            None,
        ),
        ("retry_timeout", "scw-iam:retryTimeout", "PULUMI_SCW_IAM_RETRY_TIMEOUT", None),
        ("allow_http", "scw-iam:allowHttp", "PULUMI_SCW_IAM_ALLOW_HTTP", None),
    ]


def test_every_field_of_the_settings_declares_a_setting() -> None:
    assert [*SETTINGS] == [field.name for field in fields(Settings) if field.name != "keys_apart"]


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_is_parsed_into_its_type_wherever_it_is_set(name: str, file: Path) -> None:
    setting, text = SETTINGS[name], VALUES[name][1]
    value = typed(name, text)
    need: dict[str, Any] = {} if name == "secret_key" else {"secret_key": SECRET}
    resolved = [
        resolve(**{**need, name: text}),
        resolve(**{**need, name: value}),
        resolve(**need, pulumi_config={setting.config_key: text}),
    ]
    if setting.environment:
        resolved.append(resolve(**need, environ={setting.environment: text}))
    if setting.profile_key:
        resolved.append(resolve(f"{setting.profile_key}: {text}", file=file, **need))
    assert [getattr(settings, name) for settings in resolved] == [value] * len(resolved)
    assert {type(getattr(settings, name)) for settings in resolved} == {
        frozenset if isinstance(value, set) else type(value)
    }


@dataclass(frozen=True, kw_only=True)
class MoreSettings(Settings):
    """The settings and one new setting, declared in one place."""

    most_groups: Annotated[
        int, Setting("Most groups.", parse=int, environment="MOST", profile_key="most_groups")
    ] = 7


def test_a_new_setting_is_declared_in_one_place(file: Path) -> None:
    file.write_text("most_groups: '5'")
    environ = {"HOME": "/nowhere"}
    in_profile = {**environ, "SCW_CONFIG_PATH": str(file)}
    config = {"scw-iam:mostGroups": "2"}
    assert [
        MoreSettings.resolve(secret_key=SECRET, most_groups=1, environ=environ),
        MoreSettings.resolve(secret_key=SECRET, pulumi_config=config.get, environ=environ),
        MoreSettings.resolve(secret_key=SECRET, environ={**environ, "MOST": "3"}),
        MoreSettings.resolve(secret_key=SECRET, environ=in_profile),
        MoreSettings.resolve(secret_key=SECRET, environ=environ),
    ] == [MoreSettings(secret_key=SECRET, most_groups=number) for number in (1, 2, 3, 5, 7)]


def test_an_argument_that_is_no_setting_is_refused() -> None:
    with pytest.raises(
        TypeError, match=r"^timeout is not a setting; the settings are access_key, .* and profile$"
    ):
        Settings.resolve(timeout=30)


@pytest.mark.parametrize("text", ["0", 0, -1.0, True])
def test_an_argument_of_the_wrong_value_is_refused_as_a_text_is(text: object) -> None:
    assert resolve(secret_key=SECRET, retry_timeout=text) == (
        "the argument retry_timeout: is not a number of seconds above 0, such as 30"
    )


def test_the_reference_has_a_row_and_a_chapter_for_each_setting() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "settings.md").read_text()
    rows = [
        [re.sub(r"[`\[\] ]|\(.*\)", "", cell) for cell in line.split("|")[1:4]]
        for line in page.splitlines()
        if line.startswith("| [")
    ]
    places = [
        (
            setting.config_key,
            setting.environment,
            "active_profile" if setting is PROFILE else setting.profile_key,
        )
        for setting in (*SETTINGS.values(), PROFILE)
    ]
    assert rows == [[key or "" for key in keys] for keys in places]
    for config_key, _, _ in places:
        assert f"\n## {config_key.removeprefix('scw-iam:')}\n" in page


def test_the_places_of_a_setting_are_named_for_the_end_of_a_sentence() -> None:
    assert sources("project_id") == (
        "scw-iam:projectId, SCW_DEFAULT_PROJECT_ID or default_project_id in the profile"
    )
    assert sources("user_agent_suffix") == "scw-iam:userAgentSuffix"


def test_a_missing_secret_key_names_every_place_that_was_looked_at(tmp_path: Path) -> None:
    assert resolve(environ={"HOME": str(tmp_path)}) == (
        "there is no secret key; looked for scw-iam:secretKey in the configuration,"
        " SCW_SECRET_KEY in the environment,"
        f" secret_key in {tmp_path}/.config/scw/config.yaml, which does not exist"
    )


def test_a_home_that_is_no_folder_has_no_file() -> None:
    assert resolve(secret_key=SECRET, environ={"HOME": "/dev/null"}) == Settings(secret_key=SECRET)


def test_a_secret_key_that_no_profile_has_names_the_profile_and_the_top_level(file: Path) -> None:
    content = "profiles: {ci: {access_key: SCW00000000000000000}}"
    assert resolve(content, file=file, profile="ci") == (
        "there is no secret key; looked for scw-iam:secretKey in the configuration,"
        " SCW_SECRET_KEY in the environment,"
        f' secret_key in profile "ci" of {file}, secret_key in {file}'
    )


@pytest.mark.parametrize("empty", [{"SCW_SECRET_KEY": ""}, {}])
def test_an_empty_value_counts_as_none(empty: dict[str, str], file: Path) -> None:
    assert resolve(f"secret_key: {SECRET}\napi_url:\n", file=file, environ=empty) == Settings(
        secret_key=SECRET
    )


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        (
            {"SCW_SECRET_KEY": "hunter2"},
            "SCW_SECRET_KEY in the environment: is not a secret key, which is a UUID",
        ),
        (
            {"SCW_SECRET_KEY": "SCW00000000000000000"},
            (
                "SCW_SECRET_KEY in the environment: is not a secret key, which is a UUID;"
                " it looks like the access key"
            ),
        ),
        (
            {"SCW_SECRET_KEY": f"{SECRET}\n"},
            "SCW_SECRET_KEY in the environment: contains a line feed (U+000A);"
            " remove the invisible character",
        ),
        (
            {"SCW_SECRET_KEY": f"{SECRET}\r"},
            "SCW_SECRET_KEY in the environment: contains a carriage return (U+000D);"
            " remove the invisible character",
        ),
        (
            {"SCW_SECRET_KEY": f"\ufeff{SECRET}"},
            "SCW_SECRET_KEY in the environment: contains a byte order mark (U+FEFF);"
            " remove the invisible character",
        ),
        (
            {"SCW_SECRET_KEY": f"{SECRET}\u200b"},
            "SCW_SECRET_KEY in the environment: contains a zero width space (U+200B);"
            " remove the invisible character",
        ),
        (
            {"SCW_SECRET_KEY": f"{SECRET}\0"},
            "SCW_SECRET_KEY in the environment: contains a control character (U+0000);"
            " remove the invisible character",
        ),
        (
            {"SCW_ACCESS_KEY": " SCW00000000000000000"},
            "SCW_ACCESS_KEY in the environment: contains a space (U+0020);"
            " remove the invisible character",
        ),
        (
            {"SCW_ACCESS_KEY": "SCW0"},
            (
                "SCW_ACCESS_KEY in the environment: is not an access key,"
                " which is SCW and 17 letters or digits"
            ),
        ),
        (
            {"SCW_ACCESS_KEY": SECRET},
            (
                "SCW_ACCESS_KEY in the environment: is not an access key,"
                " which is SCW and 17 letters or digits; it looks like the secret key"
            ),
        ),
        (
            {"SCW_DEFAULT_ORGANIZATION_ID": "acme"},
            (
                'SCW_DEFAULT_ORGANIZATION_ID in the environment: "acme" is not a UUID;'
                " pass the organization's id, not the name"
            ),
        ),
        (
            {"SCW_DEFAULT_PROJECT_ID": "web"},
            (
                'SCW_DEFAULT_PROJECT_ID in the environment: "web" is not a UUID;'
                " pass the project's id, not the name"
            ),
        ),
    ],
)
def test_a_malformed_value_is_refused_with_its_place(environ: dict[str, str], message: str) -> None:
    assert resolve(environ={"SCW_SECRET_KEY": SECRET, **environ}) == message


@given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=8))
def test_a_malformed_key_is_never_quoted(text: str) -> None:
    for name in ("access_key", "secret_key"):
        with pytest.raises(ConfigError) as caught:
            Settings.resolve(**{"secret_key": SECRET, name: text + "!"}, environ={})  # type: ignore[arg-type]
        assert text not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://api.scaleway.com", "https://api.scaleway.com"),
        ("https://api.scaleway.com/", "https://api.scaleway.com"),
        ("https://proxy.example.com:8443/scaleway/", "https://proxy.example.com:8443/scaleway"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.1.2.3", "http://127.1.2.3"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_api_url_is_https_or_this_machine(text: str, url: str) -> None:
    assert resolve(secret_key=SECRET, api_url=text) == Settings(secret_key=SECRET, api_url=url)


@pytest.mark.parametrize(
    "url", ["http://api.scaleway.com", "http://10.0.0.1", "http://localhost.example.com"]
)
def test_an_api_url_that_would_send_the_key_unencrypted_is_refused(url: str) -> None:
    message = (
        "the argument api_url: would send the secret key unencrypted; use https"
        " (or set scw-iam:allowHttp if the network is trusted)"
    )
    config = {"scw-iam:allowHttp": "false"}
    assert resolve(secret_key=SECRET, api_url=url) == message
    assert resolve(secret_key=SECRET, api_url=url, pulumi_config=config) == message


def test_the_place_of_an_address_that_is_not_encrypted_is_named(file: Path) -> None:
    places: list[tuple[str, dict[str, Any]]] = [
        (
            "SCW_API_URL in the environment",
            {"environ": {"SCW_API_URL": "http://iam.example.com"}},
        ),
        (
            "scw-iam:apiUrl in the configuration",
            {"pulumi_config": {"scw-iam:apiUrl": "http://iam.example.com"}},
        ),
        (f"api_url in {file}", {"content": "api_url: http://iam.example.com", "file": file}),
    ]
    for place, options in places:
        assert resolve(secret_key=SECRET, **options) == (
            f"{place}: would send the secret key unencrypted; use https"
            " (or set scw-iam:allowHttp if the network is trusted)"
        )


@pytest.mark.parametrize(
    "allowed",
    [
        {"pulumi_config": {"scw-iam:allowHttp": "true"}},
        {"environ": {"PULUMI_SCW_IAM_ALLOW_HTTP": "TRUE"}},
    ],
)
def test_an_address_that_is_not_encrypted_can_be_allowed(allowed: dict[str, Any]) -> None:
    url = "http://iam.example.com"
    assert resolve(secret_key=SECRET, api_url=url, **allowed) == Settings(
        secret_key=SECRET, api_url=url, allow_http=True
    )


def test_an_address_of_this_machine_is_told_from_others() -> None:
    urls = ["http://127.0.0.2:1", "https://localhost", "http://[::1]", "https://api.scaleway.com"]
    assert [Settings(secret_key=SECRET, api_url=url).is_local for url in urls] == [
        True,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("name", ["REQUEST", "RETRY"])
@pytest.mark.parametrize(
    "text", ["0", "0.000", "-1", "30s", "1e3", "100000", "1.2345", ".5", "inf", "nan", "٣", "1 "]
)
def test_a_time_that_is_no_number_of_seconds_is_refused(name: str, text: str) -> None:
    variable = f"PULUMI_SCW_IAM_{name}_TIMEOUT"
    assert resolve(secret_key=SECRET, environ={variable: text}) == (
        f"{variable} in the environment: is not a number of seconds above 0, such as 30"
    )


@pytest.mark.parametrize("text", [",", "A,,B", "A B", "A;B", "A,"])
def test_names_that_no_commas_are_between_are_refused(text: str) -> None:
    key = "scw-iam:allowUnknownPermissionSets"
    assert resolve(secret_key=SECRET, pulumi_config={key: text}) == (
        f"{key} in the configuration: is not a comma-separated list of names"
    )


def test_spaces_around_names_do_not_count() -> None:
    settings = resolve(
        secret_key=SECRET, pulumi_config={"scw-iam:allowUnknownPermissionSets": " A , B_2,C "}
    )
    assert isinstance(settings, Settings)
    assert settings.allow_unknown_permission_sets == {"A", "B_2", "C"}


def test_an_unknown_condition_check_is_refused_with_the_nearest_id() -> None:
    key = "scw-iam:ignoreConditionChecks"
    assert resolve(secret_key=SECRET, pulumi_config={key: "condition-past-dates"}) == (
        f'{key} in the configuration: has an unknown condition check "condition-past-dates"; did you'
        " mean condition-past-date?"
    )


@pytest.mark.parametrize("key", ["allowHttp", "allowSelfLockout", "trustPolicyTimestamps"])
@pytest.mark.parametrize("text", ["yes", "1", "true ", "on"])
def test_a_switch_is_true_or_false_and_nothing_else(key: str, text: str) -> None:
    assert resolve(secret_key=SECRET, pulumi_config={f"scw-iam:{key}": text}) == (
        f"scw-iam:{key} in the configuration: must be true or false"
    )


@pytest.mark.parametrize(
    "url",
    [
        "api.scaleway.com",
        "https://",
        "https://api.scaleway.com//",
        "https://user:password@api.scaleway.com",
        "https://api.scaleway.com?x=1",
        "https://api.scaleway.com#x",
        "https://api.scaleway.com:port",
        "https://api scaleway.com",
        "ftp://api.scaleway.com",
        "https://[api]",
    ],
)
def test_what_is_not_the_address_of_an_api_is_refused_and_not_quoted(url: str) -> None:
    assert resolve(secret_key=SECRET, api_url=url) == (
        "the argument api_url: is not an API URL, such as https://api.scaleway.com"
    )


@pytest.mark.parametrize("suffix", ["ci\r\nX-Evil: 1", "é", " ci", "ci  2"])
def test_a_suffix_that_would_break_the_header_is_refused(suffix: str) -> None:
    assert resolve(secret_key=SECRET, user_agent_suffix=suffix) == (
        "the argument user_agent_suffix: is not a line of printable ASCII"
    )


PROFILES = f"""
active_profile: active
secret_key: {SECRET}
default_project_id: 22222222-2222-4222-8222-222222222220
profiles:
  active: {{default_project_id: 22222222-2222-4222-8222-222222222221}}
  other: {{default_project_id: 22222222-2222-4222-8222-222222222222}}
"""


@pytest.mark.parametrize(
    ("keywords", "last_digit"),
    [
        ({}, "1"),
        ({"environ": {"SCW_PROFILE": "other"}}, "2"),
        (
            {
                "pulumi_config": {"scw-iam:profile": "other"},
                "environ": {"SCW_PROFILE": "active"},
            },
            "2",
        ),
        ({"profile": "other", "pulumi_config": {"scw-iam:profile": "active"}}, "2"),
        ({"profile": "default"}, "0"),
    ],
)
def test_the_profile_is_the_one_asked_for_or_else_the_active_one(
    file: Path, keywords: dict[str, Any], last_digit: str
) -> None:
    assert resolve(PROFILES, file=file, **keywords) == Settings(
        secret_key=SECRET, project_id=f"22222222-2222-4222-8222-22222222222{last_digit}"
    )


@pytest.mark.parametrize(
    ("content", "environ", "message"),
    [
        (
            PROFILES,
            {"SCW_PROFILE": "ohter"},
            (
                'SCW_PROFILE in the environment: there is no profile "ohter" in <file>;'
                " profiles: active, other"
            ),
        ),
        (
            "active_profile: gone",
            {},
            'active_profile in <file>: there is no profile "gone" in <file>; profiles: none',
        ),
        ("secret_key: 123", {}, "secret_key in <file>: is not a string; put the value in quotes"),
        ("- secret_key", {}, "<file>: is not a mapping of keys to values"),
        ("profiles: [a]", {}, "profiles in <file>: is not a mapping of keys to values"),
        (
            "profiles: {a: b}\nactive_profile: a",
            {},
            'profile "a" of <file>: is not a mapping of keys to values',
        ),
        (
            f"access_key: x\nsecret_key: [{SECRET}",
            {},
            "<file> cannot be read: invalid YAML in line 2",
        ),
        ("secret_key: \x00", {}, "<file> cannot be read: invalid YAML"),
        ("since: 2026-13-13", {}, "<file> cannot be read: invalid YAML"),
    ],
)
def test_a_file_that_is_wrong_is_named_and_not_quoted(
    file: Path, content: str, environ: dict[str, str], message: str
) -> None:
    assert resolve(content, file=file, environ=environ) == message.replace("<file>", str(file))


def test_a_profile_that_is_asked_for_must_exist_even_when_nothing_is_taken_from_it(
    file: Path,
) -> None:
    arguments = {name: values[0] for name, values in VALUES.items()}
    assert resolve(PROFILES, file=file, profile="gone", **arguments) == (
        f'the argument profile: there is no profile "gone" in {file}; profiles: active, other'
    )


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        (
            {"SCW_CONFIG_PATH": "/nowhere/scw.yaml"},
            "SCW_CONFIG_PATH in the environment: /nowhere/scw.yaml does not exist",
        ),
        (
            {"SCW_PROFILE": "ci"},
            (
                'SCW_PROFILE in the environment: profile "ci" requires /nowhere/.config/scw/config.yaml,'
                " which does not exist"
            ),
        ),
        (
            {"XDG_CONFIG_HOME": "/elsewhere", "SCW_PROFILE": "ci"},
            (
                'SCW_PROFILE in the environment: profile "ci" requires /elsewhere/scw/config.yaml,'
                " which does not exist"
            ),
        ),
    ],
)
def test_a_file_that_is_asked_for_must_exist(environ: dict[str, str], message: str) -> None:
    assert resolve(environ={"SCW_SECRET_KEY": SECRET, **environ}) == message


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert resolve(secret_key=SECRET, environ={"SCW_CONFIG_PATH": str(tmp_path)}) == (
        f"{tmp_path} cannot be read: Is a directory"
    )


def test_a_file_is_not_opened_when_all_is_known_without_it(file: Path) -> None:
    arguments = {name: values[0] for name, values in VALUES.items()}
    assert resolve("[", file=file, **arguments) == Settings(
        **{name: typed(name, text) for name, text in arguments.items()}
    )


def test_settings_are_never_pickled_or_copied() -> None:
    settings = Settings(secret_key=SECRET)
    for refuse in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(
            TypeError, match=r"^Settings contain the secret key and are never pickled$"
        ):
            refuse(settings)


def test_the_secret_key_is_not_in_the_repr() -> None:
    assert repr(Settings(secret_key=SECRET, organization_id=ORGANIZATION)) == (
        "Settings(access_key=None, api_url='https://api.scaleway.com',"
        f" organization_id='{ORGANIZATION}', project_id=None, user_agent_suffix=None,"
        " allow_self_lockout=False, allow_unknown_permission_sets=frozenset(), ignore_condition_checks=frozenset(),"
        " trust_policy_timestamps=False, request_timeout=30.0, retry_timeout=120.0, allow_http=False,"
        " keys_apart=None)"
    )
