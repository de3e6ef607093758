"""The version of the package, written nowhere else."""

__version__ = "0.1.0"
