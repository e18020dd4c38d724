"""The room where forms are matched to organisations, and where it is said which were asked."""
