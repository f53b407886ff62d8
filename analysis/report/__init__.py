"""The report: measures (numbers), figures (how they look), pages (notebooks, run and published)."""
