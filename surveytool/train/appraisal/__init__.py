"""The room of the appraisal: whose forms belong together, what changed, a summary to take away."""
