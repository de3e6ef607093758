"""The SDKs that Pulumi generates from the schema: packed for their registries, and used from the packed files."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import sys
import venv
from email import message_from_string
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam import __version__
from pulumi_scw_iam.components import COMPONENTS
from pulumi_scw_iam.kinds import KINDS
from tests.support.packed_sdks import (
    MODULE,
    REPOSITORY,
    SERVER,
    Packed,
    forget_module,
    go_program,
    link,
    released_plugin,
    require,
    run,
    serve_module,
    texts_of,
)
from tests.support.snippets import program
from tests.support.stack import ENGINE, ROOT
from tools.engine.hosts.build import HOSTS, build
from tools.release.go_module import tag_module
from tools.release.sdks import NPM, NPM_LOCK, SdkError, node_modules, pack

if TYPE_CHECKING:
    from pulumi_scw_iam.api.client import IamClient
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine

GUIDE = "docs/guide/native.md"


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that all workers share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def packed(shared: Path, testrun_uid: str) -> Packed:
    """Pack the SDKs, once for all workers. Without Go or npm, fail in CI and skip elsewhere.

    Go caches each version of a module forever, so each test run has its own version.
    """
    require("go", "the generators of the SDKs are in Go")
    require("npm", "it packs the SDK for Node.js")
    packed = Packed(shared / "packed", int(testrun_uid[:8], 16), __version__)
    with packed.folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not packed.folder.exists():
            unfinished = packed.folder.with_suffix(".part")
            files = pack(unfinished, packed.version)
            unfinished.rename(packed.folder)
            assert [file.name for file in files] == [file.name for file in packed.files]
    return packed


@pytest.fixture(scope="session")
def hosts(shared: Path) -> Path:
    """Return the folder of the language hosts. A release of Pulumi has them beside the engine."""
    beside = (ENGINE / "pulumi").resolve().parent
    if all((beside / name).exists() for name in HOSTS):
        return beside
    folder = ROOT / ".engine" / "hosts"
    with (shared / "hosts.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        build(folder)
    return folder


def test_the_schema_binds_without_a_warning_and_every_language_has_every_resource(
    sdks: Path,
) -> None:
    for language in ("nodejs", "python", "go"):
        modules = {path.stem.replace("_", "").lower() for path in (sdks / language).rglob("*")}
        assert {name.lower() for name in (*KINDS, *COMPONENTS)} <= modules


def test_the_same_sources_give_the_same_files(packed: Packed, tmp_path: Path) -> None:
    def sums(files: list[Path]) -> dict[str, str]:
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}

    # Build metadata is in no package.
    assert sums(pack(tmp_path, f"{packed.version}+g1a2b3c4")) == sums(packed.files)


def test_a_version_without_a_spelling_on_pypi_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SdkError) as refused:
        pack(tmp_path, "1.2.3-nightly.7")
    assert str(refused.value) == (
        "version 1.2.3-nightly.7 cannot be on PyPI; use a pre-release such as alpha.1, beta.1, rc.1 or dev.1"
    )
    assert list(tmp_path.iterdir()) == []


# The packed files


def test_every_package_has_the_licence_and_a_readme_with_the_program_of_the_guide(
    packed: Packed,
) -> None:
    for archive, top, language in (
        (packed.sdist, f"pulumi_scw_iam_native-{packed.python_version}/", "python"),
        (packed.tarball, "package/", "typescript"),
        (packed.module, f"{MODULE}@v{packed.version}/", "go"),
    ):
        texts = texts_of(archive)
        assert texts[f"{top}LICENSE"] == (ROOT / "LICENSE").read_text("utf-8")
        readme = texts[f"{top}README.md"]
        assert f"```{language}\n{program(GUIDE, language)}```" in readme
        # Registries show the page without the repository around it.
        targets = re.findall(r"\]\((.*?)\)", readme)
        assert targets
        assert all(target.startswith(REPOSITORY) for target in targets)
        for path in re.findall(rf"\]\({REPOSITORY}/(?:blob|tree)/main/(.*?)\)", readme):
            assert (ROOT / path).exists(), path


def test_the_wheel_and_the_sdist_are_as_pypi_expects_them(packed: Packed, tmp_path: Path) -> None:
    check = (sys.executable, "-m", "twine", "--no-color", "check", "--strict")
    run(*check, packed.wheel, packed.sdist, folder=tmp_path)
    texts = texts_of(packed.wheel)
    information = f"pulumi_scw_iam_native-{packed.python_version}.dist-info"
    assert texts["pulumi_scw_iam_native/py.typed"] == ""
    assert json.loads(texts["pulumi_scw_iam_native/pulumi-plugin.json"]) == packed.plugin
    assert texts[f"{information}/licenses/LICENSE"] == (ROOT / "LICENSE").read_text("utf-8")
    folders = {name.partition("/")[0] for name in texts}
    assert folders == {"pulumi_scw_iam_native", information}
    found = message_from_string(texts[f"{information}/METADATA"])
    names = ("Name", "Version", "License-Expression", "Requires-Python", "Description-Content-Type")
    assert {name: found[name] for name in names} == {
        "Name": "pulumi-scw-iam-native",
        "Version": packed.python_version,
        "License-Expression": "Apache-2.0",
        "Requires-Python": ">=3.10",
        "Description-Content-Type": "text/markdown",
    }
    assert f"Repository, {REPOSITORY}" in found.get_all("Project-URL", [])
    assert "Typing :: Typed" in found.get_all("Classifier", [])
    # The sdist is complete: it builds the same wheel.
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation")
    run(*pip, "--wheel-dir", tmp_path, packed.sdist, folder=tmp_path)
    assert (tmp_path / packed.wheel.name).read_bytes() == packed.wheel.read_bytes()


def test_the_tarball_is_as_npm_expects_it(packed: Packed) -> None:
    texts = texts_of(packed.tarball)
    package = json.loads(texts["package/package.json"])
    names = ("name", "version", "license", "repository", "main", "types", "pulumi", "publishConfig")
    assert {name: package[name] for name in names} == {
        "name": "pulumi-scw-iam-native",
        "version": packed.version,
        "license": "Apache-2.0",
        "repository": {"type": "git", "url": f"git+{REPOSITORY}.git"},
        "main": "index.js",
        "types": "index.d.ts",
        "pulumi": packed.plugin,
        "publishConfig": {"access": "public", "provenance": True},
    }
    # Nothing runs at the installation, and nothing is installed for development.
    assert not {"scripts", "devDependencies"} & package.keys()
    compiled = {name for name in texts if name.endswith(".js")}
    types = {name for name in texts if name.endswith(".d.ts")}
    assert {name.removesuffix(".js") for name in compiled} == {
        name.removesuffix(".d.ts") for name in types
    }
    others = {name.removeprefix("package/") for name in texts.keys() - compiled - types}
    assert others == {"LICENSE", "README.md", "package.json"}


def test_the_zip_is_as_a_module_proxy_expects_it(packed: Packed) -> None:
    top = f"{MODULE}@v{packed.version}/"
    texts = texts_of(packed.module)
    assert all(name.startswith(top) for name in texts)
    assert texts[f"{top}go.mod"].startswith(f"module {MODULE}\n")
    assert json.loads(texts[f"{top}pulumi-plugin.json"]) == packed.plugin
    others = {name.removeprefix(top) for name in texts if not name.endswith(".go")}
    assert others == {
        "LICENSE",
        "README.md",
        "go.mod",
        "go.sum",
        "pulumi-plugin.json",
        "scwiam/pulumi-plugin.json",
    }


def test_the_tag_gives_the_module_of_the_zip(packed: Packed, tmp_path: Path) -> None:
    """A module proxy builds its zip from the tag. The checksums of the files must be equal."""
    repository = tmp_path / "repository"
    repository.mkdir()
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@example.com")
    run(*git, "init", "--quiet", folder=repository)
    (repository / "LICENSE").write_text("another")
    run("git", "add", "LICENSE", folder=repository)
    run(*git, "commit", "--quiet", "--message", "first", folder=repository)
    assert tag_module(packed.module, repository) == f"sdk/go/v{packed.version}"
    assert run("git", "status", "--porcelain", folder=repository) == ""

    proxy = tmp_path / "proxy"
    serve_module(packed, proxy)
    sums = {}
    for name, source in (("tag", "direct"), ("zip", f"file://{proxy}")):
        downloaded = run(
            *("go", "mod", "download", "-json", "-modcacherw", f"{MODULE}@v{packed.version}"),
            folder=tmp_path,
            GOPROXY=source,
            GONOSUMDB=MODULE,
            GOMODCACHE=str(tmp_path / name),
            GIT_CONFIG_COUNT="1",
            GIT_CONFIG_KEY_0=f"url.file://{repository}.insteadOf",
            GIT_CONFIG_VALUE_0=REPOSITORY,
        )
        found = json.loads(downloaded)
        sums[name] = (found["Sum"], found["GoModSum"])
    assert sums["tag"] == sums["zip"]


# The program of the guide in an empty folder, with the SDK from its packed file


def comes_up(stack: Stack, packed: Packed, iam: IamClient, resources: int) -> None:
    """Run the program: create, no change, destroy. The engine installs the plugin that the SDK names."""
    with released_plugin(stack.environment) as requested:
        assert stack.up().changes == {"create": resources}
        assert stack.preview().changes == {"same": resources}
        outputs = stack.outputs()
        of_team = {"checkoutKey"} if resources > 6 else set()
        assert outputs.keys() == {"sshFingerprint", "accessKey", "secretKey", *of_team}
        assert outputs["secretKey"] not in stack.state_text()
        stack.destroy()
    assert list(iam.list_applications()) == []
    (path,) = requested
    name = re.escape(f"/pulumi-resource-scw-iam-v{packed.version}")
    assert re.fullmatch(rf"{name}-(linux|darwin)-(amd64|arm64)\.tar\.gz", path), path


def empty(stack: Stack, runtime: str, hosts: Path) -> None:
    """Make the project an empty one in another language."""
    for file in stack.folder.iterdir():
        file.unlink()
    (stack.folder / "Pulumi.yaml").write_text(f"name: test\nruntime: {runtime}\n")
    stack.environment["PATH"] = f"{hosts}{os.pathsep}{stack.environment['PATH']}"


def test_the_python_program_runs_on_the_wheel(stack: Stack, packed: Packed, iam: IamClient) -> None:
    """The second program has typed arguments and outputs, lists of objects, secrets, and `get`."""
    environment = stack.folder / "venv"
    venv.create(environment)
    # The dependencies are those of the tests; pip compares their versions.
    installed = [path for path in sys.path if path.endswith("site-packages")]
    (site,) = environment.glob("lib/python*/site-packages")
    (site / "installed.pth").write_text("\n".join(installed))
    pip = (sys.executable, "-m", "pip", "--python", environment / "bin" / "python", "install")
    run(*pip, "--quiet", "--no-index", packed.wheel, folder=stack.folder)
    stack.environment["PATH"] = f"{environment / 'bin'}{os.pathsep}{stack.environment['PATH']}"
    (stack.folder / "__main__.py").write_text(program(GUIDE, "python"))
    comes_up(stack, packed, iam, 6)

    text = """
import pulumi
import pulumi_scw_iam_native as iam

robot = iam.Application("robot", tags=["b", "a"])
policy = iam.Policy("policy", application_id=robot.id, rules=[
    iam.PolicyRuleArgs(permission_set_names=["IAMReadOnly"], organization_id=robot.organization_id)])
key = iam.APIKey("key", application_id=robot.id)
found = iam.Application.get("found", robot.id)
team = iam.Team("ops", application=True, application_ids=[robot.id], rules=[
    iam.PolicyRuleArgs(permission_set_names=["InstancesFullAccess"], all_projects=True)])
pulumi.export("secret", key.secret_key)
pulumi.export("ofTeam", team.secret_key)
pulumi.export("names", policy.rules.apply(lambda rules: rules[0].permission_set_names))
pulumi.export("found", found.name)
"""
    (stack.folder / "__main__.py").write_text(text)
    assert stack.up().changes == {"create": 8, "read": 1}
    assert stack.up().changes == {"same": 8, "read": 1}
    outputs = stack.outputs()
    assert (outputs["names"], outputs["found"]) == (["IAMReadOnly"], "robot")
    state = stack.state_text()
    assert outputs["secret"] not in state
    assert outputs["ofTeam"] not in state
    stack.destroy()
    assert list(iam.list_applications()) == []


def test_the_typescript_program_runs_on_the_tarball(
    stack: Stack, packed: Packed, hosts: Path, iam: IamClient
) -> None:
    empty(stack, "nodejs", hosts)
    for name in NPM_LOCK:
        shutil.copy(NPM / name, stack.folder)
    # npm changes its own list of packages in place, so it gets no link to it.
    shutil.copytree(
        node_modules(),
        stack.folder / "node_modules",
        symlinks=True,
        copy_function=link,
        ignore=shutil.ignore_patterns(".package-lock.json"),
    )
    install = ("npm", "install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund")
    run(*install, packed.tarball, folder=stack.folder)
    (stack.folder / "index.ts").write_text(program(GUIDE, "typescript"))
    # Pulumi's SDK compiles the program with these options, and fails for an error.
    options = {"strict": True, "target": "es2022", "module": "nodenext", "skipLibCheck": True}
    config = {"compilerOptions": options, "files": ["index.ts"]}
    (stack.folder / "tsconfig.json").write_text(json.dumps(config))
    comes_up(stack, packed, iam, 12)


def test_the_go_program_runs_on_the_module_of_a_proxy(
    stack: Stack, packed: Packed, hosts: Path, iam: IamClient, tmp_path: Path
) -> None:
    empty(stack, "go", hosts)
    (stack.folder / "main.go").write_text(program(GUIDE, "go"))
    go = go_program(packed, stack.folder, tmp_path / "proxy")
    stack.environment |= go
    try:
        comes_up(stack, packed, iam, 12)
    finally:
        forget_module(packed, Path(go["GOMODCACHE"]))


def test_every_sdk_names_the_server_of_the_schema() -> None:
    schema = json.loads((ROOT / "pulumi_scw_iam" / "native" / "schema.json").read_text("utf-8"))
    assert schema["pluginDownloadURL"] == SERVER
