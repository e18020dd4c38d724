"""The room of printing: the blank form on paper, in any language. Partners read its words."""
