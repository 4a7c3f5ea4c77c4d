"""WHAT HAPPENED: incidents, alarms, timelines; attention rows and tasks are incidents of grade III and IV."""
