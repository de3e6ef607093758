"""Pack the generated SDKs as their registries expect them: Python, Node.js and Go.

    python -m tools.release.sdks --into DIR [--version VERSION]

The generators of the engine write the SDKs from schema.json, and everything in the packages follows from the
schema, the metadata of this package and docs/guide/native.md. The same commit gives the same files, byte for
byte. Needs Go, npm and their registries.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semver import VersionInfo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["SCHEMA", "SdkError", "generate", "node_modules", "pack"]

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "pulumi_scw_iam" / "native" / "schema.json"
GUIDE = ROOT / "docs" / "guide" / "native.md"
# Compiles the SDK for Node.js. The lock file has the versions and checksums of the packages.
NPM = Path(__file__).parent / "npm"
NPM_LOCK = ("package.json", "package-lock.json")
# The project of the engine's Go modules: the generators, and the writer of module zips.
GO = ROOT / "tools" / "engine"

_PRE_RELEASE = r"(alpha|beta|rc|dev)\.\d+"
"""The pre-releases that both a semantic version and a version of PyPI can spell."""

README = """\
# {name}

{description}.

This package is the SDK of the Pulumi plugin `scw-iam` for {language}. It is generated from the plugin's schema, and
has the version of the plugin.

## Install

```shell
{install}
```

Pulumi downloads the plugin from the [releases]({repository}/releases) at the first use. If `pulumi-resource-scw-iam`
is on PATH, as after `pip install pulumi-scw-iam`, Pulumi uses this plugin instead.

## Use

```{fence}
{program}```

The credentials come from the same environment variables and profiles as those of `scw`. The
[documentation]({homepage}) has [all settings]({files}/docs/reference/settings.md),
[resources]({files}/docs/reference/resources.md) and [functions]({files}/docs/reference/functions.md).

## License

{license}. This package is maintained by its [contributors]({repository}), not by Scaleway or Pulumi.
"""

PYPROJECT = """\
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
{project}

[project.urls]
{urls}

[tool.hatch.build]
include = ["/{module}"]
"""


class SdkError(Exception):
    """A reason why an SDK cannot be packed, in one line."""


def pack(into: Path, version: str) -> list[Path]:
    """Generate and pack the SDKs; return the wheel, the sdist, the npm tarball and the Go module zip.

    The version is a semantic version. Its build metadata is left out: registries ignore or refuse it.

    Raises SdkError if PyPI has no spelling of the version, or if a generator, compiler or packer fails.
    """
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        generated = Path(scratch)
        schema = generate(generated, version)
        return [
            *_python(generated / "python", into.resolve(), schema),
            _nodejs(generated / "nodejs", into.resolve(), schema),
            _go(generated / "go", into.resolve(), schema),
        ]


def generate(into: Path, version: str) -> dict[str, Any]:
    """Generate the SDKs of a version in the folders `python`, `nodejs` and `go`; return their schema."""
    release = VersionInfo.parse(version).replace(build=None)
    if release.prerelease and not re.fullmatch(_PRE_RELEASE, release.prerelease):
        raise SdkError(
            f"version {release} cannot be on PyPI; use a pre-release such as alpha.1, beta.1, rc.1 or dev.1"
        )
    schema: dict[str, Any] = json.loads(SCHEMA.read_text("utf-8")) | {"version": str(release)}
    source = into / "schema.json"
    source.write_text(json.dumps(schema), encoding="utf-8")
    _run("go", "run", "-mod=readonly", "./sdks", source, into, folder=GO)
    source.unlink()
    return schema


def node_modules() -> Path:
    """Install the packages of the lock file in .engine, unless they are there; return their folder."""
    folder = ROOT / ".engine" / "sdks"
    folder.mkdir(parents=True, exist_ok=True)
    packages = folder / "node_modules"
    lock = (NPM / NPM_LOCK[1]).read_bytes()
    installed = folder / NPM_LOCK[1]
    # npm writes this file last.
    if (
        (packages / ".package-lock.json").exists()
        and installed.exists()
        and installed.read_bytes() == lock
    ):
        return packages
    for name in NPM_LOCK:
        shutil.copy(NPM / name, folder)
    _run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder)
    return packages


def _python(folder: Path, into: Path, schema: Mapping[str, Any]) -> list[Path]:
    """Build the wheel and the sdist. The generated pyproject.toml has a builder without reproducible sdists."""
    toml: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    generated = toml.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    module = schema["language"]["python"]["packageName"]
    distribution = metadata.metadata("pulumi-scw-iam")
    project = {
        "name": module.replace("_", "-"),
        "version": generated["version"],
        "description": schema["description"],
        "readme": "README.md",
        "license": schema["license"],
        "license-files": ["LICENSE"],
        "requires-python": generated["requires-python"],
        "keywords": _keywords(schema),
        "classifiers": distribution.get_all("Classifier"),
        "dependencies": generated["dependencies"],
    }
    for name in (".gitattributes", ".gitignore", f"{module}/README.md"):
        (folder / name).unlink()
    text = PYPROJECT.format(project=_toml(project), urls=_toml(_urls()), module=module)
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    _add_texts(
        folder,
        schema,
        name=project["name"],
        language="Python",
        install=f"pip install {project['name']}",
        fence="python",
    )
    built = folder / "dist"
    _run(sys.executable, "-m", "hatchling", "build", "--directory", built, folder=folder)
    return [_moved(file, into) for file in sorted(built.iterdir(), reverse=True)]


def _nodejs(folder: Path, into: Path, schema: Mapping[str, Any]) -> Path:
    """Compile the TypeScript and pack the JavaScript with its types."""
    (folder / "node_modules").symlink_to(node_modules())
    compiler = folder / "node_modules" / "typescript" / "bin" / "tsc"
    # Maps would name sources that are not in the package.
    _run("node", compiler, "--sourceMap", "false", "--declarationMap", "false", folder=folder)
    compiled = folder / "bin"
    package = json.loads((folder / "package.json").read_text("utf-8"))
    for name in ("scripts", "devDependencies"):
        del package[name]
    package |= {
        "keywords": _keywords(schema),
        # The form that npm compares with the repository of the provenance.
        "repository": {"type": "git", "url": f"git+{schema['repository']}.git"},
        "bugs": _urls()["Issues"],
        "main": "index.js",
        "types": "index.d.ts",
        "publishConfig": {"access": "public", "provenance": True},
    }
    (compiled / "package.json").write_text(json.dumps(package, indent=4) + "\n", encoding="utf-8")
    _add_texts(
        compiled,
        schema,
        name=package["name"],
        language="Node.js",
        install=f"npm install {package['name']}",
        fence="typescript",
    )
    packed = json.loads(_run("npm", "pack", "--json", "--ignore-scripts", folder=compiled))
    return _moved(compiled / packed[0]["filename"], into)


def _go(folder: Path, into: Path, schema: Mapping[str, Any]) -> Path:
    """Complete go.mod with the indirect modules, and write the module zip."""
    go_mod = (folder / "go.mod").read_text("utf-8")
    module = re.findall(r"^module (\S+)$", go_mod, re.MULTILINE)[0]
    # The language host looks for the file in the root of the module, and the generator writes it beside the code.
    (plugin,) = folder.glob("*/pulumi-plugin.json")
    shutil.copy(plugin, folder)
    (folder / ".gitattributes").unlink()
    version = f"v{schema['version']}"
    _add_texts(
        folder,
        schema,
        name=f"{schema['name']} for Go",
        language="Go",
        install=f"go get {module}@{version}",
        fence="go",
    )
    _run("go", "mod", "tidy", folder=folder, GOWORK="off")
    # With this name, the file can be next to the files of the other SDKs.
    file = into / f"pulumi-{schema['name']}-go-{version}.zip"
    _run("go", "run", "-mod=readonly", "./module_zip", folder, module, version, file, folder=GO)
    return file


def _add_texts(folder: Path, schema: Mapping[str, Any], *, fence: str, **texts: str) -> None:
    """Write README.md and LICENSE. The program of the README is the one of the guide, which a test runs."""
    guide = GUIDE.read_text("utf-8")
    blocks = re.findall(rf"^```{fence}\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    if len(blocks) != 1:
        raise SdkError(f"{GUIDE.name} has {len(blocks)} programs in {fence}; it must have one")
    readme = README.format(
        **texts,
        fence=fence,
        program=blocks[0],
        files=f"{schema['repository']}/blob/main",
        **{name: schema[name] for name in ("description", "homepage", "license", "repository")},
    )
    (folder / "README.md").write_text(readme, encoding="utf-8")
    shutil.copy(ROOT / "LICENSE", folder)


def _keywords(schema: Mapping[str, Any]) -> list[str]:
    """Return the keywords, without those for Pulumi's registry such as `kind/native`."""
    return [keyword for keyword in schema["keywords"] if "/" not in keyword]


def _urls() -> dict[str, str]:
    """Return the links of this package, by name."""
    lines = metadata.metadata("pulumi-scw-iam").get_all("Project-URL") or ()
    return dict(line.split(", ", 1) for line in lines)


def _toml(table: Mapping[str, Any]) -> str:
    """Return texts and lists of texts in TOML, which spells them as JSON does."""
    return "\n".join(f"{name} = {json.dumps(value)}" for name, value in table.items())


def _moved(file: Path, into: Path) -> Path:
    return Path(shutil.move(file, into / file.name))


def _run(*command: str | Path, folder: Path, **environment: str) -> str:
    """Run a command; return its output. Raises SdkError with its last line if it fails."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise SdkError(f"no {command[0]} on PATH") from None
    if done.returncode:
        lines: Sequence[str] = (done.stdout + done.stderr).strip().splitlines()
        title = " ".join(str(word) for word in command[:3])
        raise SdkError(f"{title}: {lines[-1] if lines else f'exit code {done.returncode}'}")
    return done.stdout


def main() -> None:
    """Pack the SDKs and print their files."""
    parser = argparse.ArgumentParser(description="Pack the generated SDKs.")
    parser.add_argument("--into", type=Path, required=True, help="the folder of the files")
    parser.add_argument(
        "--version", help="the semantic version; default: the version in schema.json"
    )
    options = parser.parse_args()
    version = options.version or json.loads(SCHEMA.read_text("utf-8"))["version"]
    try:
        for file in pack(options.into, version):
            print(file)
    except SdkError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
