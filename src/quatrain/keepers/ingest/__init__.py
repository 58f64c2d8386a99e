"""From another venue's dump of questions to markets of ours: reading, judging, planning, remembering."""
