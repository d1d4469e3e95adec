"""Small models, one a modality: what a proof of benefit trains. Rows in, scores out."""
