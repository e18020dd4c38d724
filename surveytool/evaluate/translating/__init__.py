"""The room where answers in words are translated: the desk of translators and of evaluators."""
