"""Start the plugin with the libraries of this archive for the running Python, or find another Python."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LIB = os.path.join(HERE, "lib")

PROBE = "import sys; print('cp%d%d%s' % (sys.version_info[0], sys.version_info[1], sys.abiflags))"


def folders(tag: str) -> "list[str]":
    """Return the folders of libraries for a Python. The name of a folder has the tags of its Pythons."""
    found = sorted(os.listdir(LIB), key=len)
    return [os.path.join(LIB, name) for name in found if tag in name.split(".")]


def another_python() -> "str | None":
    """Return the path of a Python on PATH that has libraries here; None if there is none."""
    import subprocess

    tags = {tag for name in os.listdir(LIB) for tag in name.split(".")}
    for tag in sorted(tags, key=lambda tag: int(tag[2:]), reverse=True):
        name = "python3." + tag[3:]
        for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
            path = os.path.join(folder, name)
            if os.access(path, os.X_OK):
                # A shim of a version manager may fail.
                probe = subprocess.Popen(
                    [path, "-I", "-S", "-c", PROBE], stdout=subprocess.PIPE, stderr=subprocess.PIPE
                )
                if probe.communicate()[0].decode().strip() == tag:
                    return path
    return None


def main() -> None:
    """Start the plugin in this Python or another one."""
    tag = "cp%d%d%s" % (sys.version_info[0], sys.version_info[1], getattr(sys, "abiflags", ""))
    libraries = folders(tag)
    if not libraries:
        python = another_python()
        if python is None:
            sys.exit(
                "pulumi-resource-scw-iam: %s is Python %d.%d, and PATH has no Python 3.10 to 3.14;"
                " install one of them" % (sys.executable, sys.version_info[0], sys.version_info[1])
            )
        os.execv(python, [python, "-I", "-S"] + [os.path.abspath(__file__)] + sys.argv[1:])
    sys.path[:0] = libraries
    try:
        from pulumi_scw_iam.native import server
    except ImportError as error:
        sys.exit(
            "pulumi-resource-scw-iam: the libraries for %s cannot be loaded in %s: %s; on such a system,"
            " install the plugin with `pip install pulumi-scw-iam`" % (tag, sys.executable, error)
        )
    server.main()


main()
