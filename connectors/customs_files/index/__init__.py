"""What is remembered of files that were searched, so that those which hold nobody looked for are not read again."""
