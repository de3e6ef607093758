"""The SDKs that Pulumi generates from the schema: packed for their registries, and used from the packed files."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from email import message_from_string
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.components import COMPONENTS
from pulumi_scw_iam import __version__
from pulumi_scw_iam.kinds import KINDS
from tests.support.snippets import program
from tests.support.stack import ENGINE, ROOT
from tools.engine.hosts.build import HOSTS, build
from tools.release.sdks import NPM, NPM_LOCK, SdkError, node_modules, pack

if TYPE_CHECKING:
    from pulumi_scw_iam.api.client import IamClient
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine

REPOSITORY = "https://github.com/pulumi-scw-iam/pulumi-scw-iam"
PLUGIN = {
    "resource": True,
    "name": "scw-iam",
    "version": __version__,
    "server": "github://api.github.com/pulumi-scw-iam/pulumi-scw-iam",
}
"""What each SDK says of its plugin, in the file or block that the language hosts read."""
MODULE = "github.com/pulumi-scw-iam/pulumi-scw-iam/sdk/go"
GUIDE = "docs/guide/native.md"


@dataclass(frozen=True)
class Packed:
    """The packed files, by their names."""

    folder: Path

    @property
    def wheel(self) -> Path:
        return self.folder / f"pulumi_scw_iam_native-{__version__}-py3-none-any.whl"

    @property
    def sdist(self) -> Path:
        return self.folder / f"pulumi_scw_iam_native-{__version__}.tar.gz"

    @property
    def tarball(self) -> Path:
        return self.folder / f"pulumi-scw-iam-native-{__version__}.tgz"

    @property
    def module(self) -> Path:
        return self.folder / f"pulumi-scw-iam-go-v{__version__}.zip"

    def files(self) -> list[Path]:
        return [self.sdist, self.wheel, self.tarball, self.module]


def texts_of(archive: Path) -> dict[str, str]:
    """Return the files of a packed SDK: their texts by their names."""
    if archive.suffix in {".whl", ".zip"}:
        with zipfile.ZipFile(archive) as opened:
            return {name: opened.read(name).decode() for name in opened.namelist()}
    with tarfile.open(archive) as opened_tar:
        found = ((file, opened_tar.extractfile(file)) for file in opened_tar)
        return {file.name: content.read().decode() for file, content in found if content}


def run(*command: str | Path, folder: Path, **environment: str) -> str:
    """Run a command; return its output. Fails with its output."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that all workers share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def packed(shared: Path, sdks: Path) -> Packed:
    """Pack the SDKs, once for all workers."""
    folder = shared / "packed"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unfinished = folder.with_suffix(".part")
            files = [unfinished / file.name for file in Packed(folder).files()]
            assert pack(unfinished, __version__) == files
            unfinished.rename(folder)
    return Packed(folder)


@pytest.fixture(scope="session")
def hosts(shared: Path) -> Path:
    """Return a folder with the language hosts, which an engine of a release has beside its executable."""
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

    assert sums(pack(tmp_path, __version__)) == sums(packed.files())


def test_a_version_without_a_spelling_on_pypi_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SdkError) as refused:
        pack(tmp_path, "1.2.3-nightly.7+build.1")
    assert str(refused.value) == (
        "version 1.2.3-nightly.7 cannot be on PyPI; use a pre-release such as alpha.1, beta.1, rc.1 or dev.1"
    )
    assert list(tmp_path.iterdir()) == []


# The packed files


def test_every_package_has_the_licence_and_a_readme_with_the_program_of_the_guide(
    packed: Packed,
) -> None:
    for archive, top, language in (
        (packed.sdist, f"pulumi_scw_iam_native-{__version__}/", "python"),
        (packed.tarball, "package/", "typescript"),
        (packed.module, f"{MODULE}@v{__version__}/", "go"),
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


def test_the_wheel_and_the_sdist_are_as_pypi_wants_them(packed: Packed, tmp_path: Path) -> None:
    run(
        *(sys.executable, "-m", "twine", "--no-color", "check", "--strict"),
        *(packed.wheel, packed.sdist),
        folder=tmp_path,
    )
    texts = texts_of(packed.wheel)
    information = f"pulumi_scw_iam_native-{__version__}.dist-info"
    assert texts["pulumi_scw_iam_native/py.typed"] == ""
    assert json.loads(texts["pulumi_scw_iam_native/pulumi-plugin.json"]) == PLUGIN
    assert texts[f"{information}/licenses/LICENSE"] == (ROOT / "LICENSE").read_text("utf-8")
    folders = {name.partition("/")[0] for name in texts}
    assert folders == {"pulumi_scw_iam_native", information}
    found = message_from_string(texts[f"{information}/METADATA"])
    names = ("Name", "Version", "License-Expression", "Requires-Python", "Description-Content-Type")
    assert {name: found[name] for name in names} == {
        "Name": "pulumi-scw-iam-native",
        "Version": __version__,
        "License-Expression": "Apache-2.0",
        "Requires-Python": ">=3.10",
        "Description-Content-Type": "text/markdown",
    }
    assert f"Repository, {REPOSITORY}" in found.get_all("Project-URL", [])
    assert "Typing :: Typed" in found.get_all("Classifier", [])
    # The sdist is complete: it builds the same wheel.
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    run(*pip, "--wheel-dir", tmp_path, packed.sdist, folder=tmp_path)
    assert (tmp_path / packed.wheel.name).read_bytes() == packed.wheel.read_bytes()


def test_the_tarball_is_as_npm_wants_it(packed: Packed) -> None:
    texts = texts_of(packed.tarball)
    package = json.loads(texts["package/package.json"])
    names = ("name", "version", "license", "repository", "main", "types", "pulumi", "publishConfig")
    assert {name: package[name] for name in names} == {
        "name": "pulumi-scw-iam-native",
        "version": __version__,
        "license": "Apache-2.0",
        "repository": {"type": "git", "url": f"git+{REPOSITORY}.git"},
        "main": "index.js",
        "types": "index.d.ts",
        "pulumi": PLUGIN,
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


def test_the_zip_is_as_a_module_proxy_wants_it(packed: Packed) -> None:
    top = f"{MODULE}@v{__version__}/"
    texts = texts_of(packed.module)
    assert all(name.startswith(top) for name in texts)
    assert texts[f"{top}go.mod"].startswith(f"module {MODULE}\n")
    assert json.loads(texts[f"{top}pulumi-plugin.json"]) == PLUGIN
    others = {name.removeprefix(top) for name in texts if not name.endswith(".go")}
    assert others == {
        "LICENSE",
        "README.md",
        "go.mod",
        "go.sum",
        "pulumi-plugin.json",
        "scwiam/pulumi-plugin.json",
    }


# Programs in an empty folder, with the SDK from its packed file


def comes_up(stack: Stack, iam: IamClient) -> None:
    """Run the program of the guide: create, nothing to change, destroy; the plugin is the one of the SDK."""
    assert stack.up().changes == {"create": 6}
    assert stack.preview().changes == {"same": 6}
    outputs = stack.outputs()
    assert outputs.keys() == {"sshFingerprint", "accessKey", "secretKey"}
    assert outputs["secretKey"] not in stack.state_text()
    providers = [
        resource["inputs"]
        for resource in json.loads(stack.state_text())["checkpoint"]["latest"]["resources"]
        if resource["type"] == "pulumi:providers:scw-iam"
    ]
    internal = {"pluginDownloadURL": PLUGIN["server"]}
    assert [(given["version"], given["__internal"]) for given in providers] == [
        (__version__, internal)
    ]
    stack.destroy()
    assert list(iam.list_applications()) == []


def test_the_python_program_runs_on_the_wheel(stack: Stack, packed: Packed, iam: IamClient) -> None:
    """Also: an SDK with typed arguments and outputs, lists of objects, secrets, and `get`."""
    environment = stack.folder / "venv"
    venv.create(environment)
    (site,) = environment.glob("lib/python*/site-packages")
    # The dependencies are the installed ones; pip checks their versions.
    (site / "installed.pth").write_text(
        "\n".join(path for path in sys.path if path.endswith("site-packages"))
    )
    pip = [sys.executable, "-m", "pip", "--python", environment / "bin" / "python", "install"]
    run(*pip, "--quiet", "--no-index", packed.wheel, folder=stack.folder)
    stack.environment["PATH"] = f"{environment / 'bin'}{os.pathsep}{stack.environment['PATH']}"
    (stack.folder / "__main__.py").write_text(program(GUIDE, "python"))
    comes_up(stack, iam)

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
    (stack.folder / "__main__.py").write_text(program)
    assert stack.up().changes == {"create": 8, "read": 1}
    assert stack.up().changes == {"same": 8, "read": 1}
    (stack.folder / "__main__.py").write_text(text)
    assert stack.up().changes == {"create": 3, "read": 1}
    assert stack.up().changes == {"same": 3, "read": 1}
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
    shutil.copytree(
        node_modules(),
        stack.folder / "node_modules",
        symlinks=True,
        copy_function=linked,
        ignore=shutil.ignore_patterns(".package-lock.json"),
    )
    install = ("npm", "install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund")
    run(*install, packed.tarball, folder=stack.folder)
    (stack.folder / "index.ts").write_text(program(GUIDE, "typescript"))
    options = {"strict": True, "target": "es2022", "module": "nodenext", "skipLibCheck": True}
    config = {"compilerOptions": options, "files": ["index.ts"]}
    (stack.folder / "tsconfig.json").write_text(json.dumps(config))
    comes_up(stack, iam)


def test_the_go_program_runs_on_the_module_of_a_proxy(
    stack: Stack, packed: Packed, hosts: Path, iam: IamClient, tmp_path: Path
) -> None:
    empty(stack, "go", hosts)
    proxy = tmp_path / "proxy"
    serve(packed.module, proxy)
    names = ("GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB")
    go = dict(zip(names, run("go", "env", *names, folder=stack.folder).splitlines(), strict=True))
    go["GOPROXY"] = f"file://{proxy},{go['GOPROXY']}"
    go["GONOSUMDB"] = MODULE  # not in the public checksum database
    # The tags of the engine's build, so that its packages are not compiled again.
    go["GOFLAGS"] = "-tags=osusergo,grpcnotrace -modcacherw"
    go["GOMODCACHE"] = go["GOMODCACHE"]
    stack.environment |= go
    (stack.folder / "main.go").write_text(program(GUIDE, "go"))
    (stack.folder / "go.mod").write_text("module program\n\ngo 1.25.11\n")
    engine = requirements((ROOT / "tools" / "engine" / "go.mod").read_text())
    ours = requirements(texts_of(packed.module)[f"{MODULE}@v{__version__}/go.mod"])
    newest = [f"-require={name}@{engine.get(name, version)}" for name, version in ours.items()]
    run("go", "mod", "edit", *newest, folder=stack.folder)
    shutil.copy(ROOT / "tools" / "engine" / "go.sum", stack.folder)
    run("go", "get", f"{MODULE}/scwiam@v{__version__}", folder=stack.folder, **go)
    comes_up(stack, iam)


def requirements(go_mod: str) -> dict[str, str]:
    """Return the versions of the modules in a go.mod."""
    return dict(re.findall(r"^\t(\S+) (v\S+)", go_mod, re.MULTILINE))


def empty(stack: Stack, runtime: str, hosts: Path) -> None:
    """Make the project an empty one in another language."""
    for file in stack.folder.iterdir():
        file.unlink()
    (stack.folder / "Pulumi.yaml").write_text(f"name: test\nruntime: {runtime}\n")
    stack.environment["PATH"] = f"{hosts}{os.pathsep}{stack.environment['PATH']}"


def serve(module: Path, proxy: Path) -> None:
    """Put a module zip into a folder for GOPROXY, with the files that proxies make of it."""
    versions = proxy / MODULE / "@v"
    versions.mkdir(parents=True)
    version = f"v{__version__}"
    (versions / "list").write_text(f"{version}\n")
    (versions / f"{version}.info").write_text(json.dumps({"Version": version}))
    (versions / f"{version}.mod").write_text(texts_of(module)[f"{MODULE}@{version}/go.mod"])
    shutil.copy(module, versions / f"{version}.zip")


def linked(source: str, target: str) -> Any:
    """Link a file, or copy it to another file system."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
