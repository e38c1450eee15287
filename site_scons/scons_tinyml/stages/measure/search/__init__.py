"""The search for schedules that are faster than the usual ones: offers, a cost model, rounds of measurements."""
