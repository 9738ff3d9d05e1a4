"""What happens to a text before it is judged: normalisation, language, boilerplate, privacy."""
