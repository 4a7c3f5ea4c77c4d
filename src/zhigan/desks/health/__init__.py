"""DAILY WORK: device health. Is this detector really alive, and for how long yet?"""
