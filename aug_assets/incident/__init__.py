"""The replay of an incident: a season that a fraud model has not seen, met by remedies side by side."""
