"""One module per format; each recognises its format by content and reads it into passages."""
