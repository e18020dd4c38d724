"""The room where clerks type forms that came on paper or by e-mail."""
