"""Who comes to an alarm: the people around a place, what each answered, how far away they are, the nearest water."""
