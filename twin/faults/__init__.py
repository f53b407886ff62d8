"""Faults on demand: the wire's, the data's, and the catalogue that names them all."""

from twin.faults.catalogue import CATALOGUE, Entry
from twin.faults.fault import Fault, Faults

__all__ = ["CATALOGUE", "Entry", "Fault", "Faults"]
