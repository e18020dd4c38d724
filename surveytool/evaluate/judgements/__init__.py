"""The room of all that was judged in a collection: judgements, decisions, items invalid as a whole, the rules again."""
