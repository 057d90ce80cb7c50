"""Put on PYTHONPATH: the clock of a server's processes runs so many times as fast.

Half a day of a slow phone is then over in seconds, with the real server and real connections.
"""

import datetime as dt
import os
import time

if os.environ.get("RELIABILITY_HASTE"):
    from service.foundation import clock

    _haste = float(os.environ["RELIABILITY_HASTE"])
    _start = float(os.environ["RELIABILITY_START"])
    clock._now = lambda: dt.datetime.fromtimestamp(_start + (time.time() - _start) * _haste, dt.UTC)
