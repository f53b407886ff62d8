"""Cards: one bug, change, person, area, theme or release, with its facts and the tables that belong to it."""

from analysis.dataset.cards.area_card import AreaCard
from analysis.dataset.cards.bug_card import BugCard
from analysis.dataset.cards.card import Card
from analysis.dataset.cards.change_card import ChangeCard
from analysis.dataset.cards.person_card import PersonCard
from analysis.dataset.cards.release_card import ReleaseCard
from analysis.dataset.cards.theme_card import ThemeCard

__all__ = ["AreaCard", "BugCard", "Card", "ChangeCard", "PersonCard", "ReleaseCard", "ThemeCard"]
