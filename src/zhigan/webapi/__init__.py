"""What every room's `api.py` shares: who asks, how he is bound to his scope, pages, problems, and the application.

Enters: HTTP. Leaves: handlers' answers, problem details, static web pages. Absent: accounts and passwords (access is
above this floor and gives `app.build` its `Authenticate`), and every noun of the city.
"""
