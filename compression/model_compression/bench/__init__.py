"""Methods measured against each other: the leaderboard, and the comparison of schemes."""
