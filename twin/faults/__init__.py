"""Faults on demand: faults of the connection, faults of the data, and the catalogue that names them all."""

from twin.faults.catalogue import CATALOGUE, Entry
from twin.faults.fault import Fault, Faults

__all__ = ["CATALOGUE", "Entry", "Fault", "Faults"]
