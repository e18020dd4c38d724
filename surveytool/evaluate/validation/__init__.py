"""The room where flagged forms are validated: the queue, one form beside what flagged it, decisions and undoing."""
