"""Grafana's units: the ids that `unit` of a panel may have."""

from __future__ import annotations

import re

from dojoboards import names

_IDS = """
none string short sishort percent percentunit humidity dB hex0x hex sci locale pixel
accMS2 accFS2 accG degree radian grad arcmin arcsec areaM2 areaF2 areaMI2 acres hectares
flops mflops gflops tflops pflops eflops zflops yflops
ppm conppb conngm3 conngNm3 conμgm3 conμgNm3 conmgm3 conmgNm3 congm3 congNm3 conmgdL conmmolL
currencyUSD currencyGBP currencyEUR currencyJPY currencyRUB currencyUAH currencyBRL currencyDKK currencyISK currencyNOK
currencySEK currencyCZK currencyCHF currencyPLN currencyBTC currencymBTC currencyμBTC currencyZAR currencyINR
currencyKRW currencyIDR currencyPHP currencyVND currencyTRY currencyMYR currencyXPF currencyBGN currencyPYG currencyUYU
currencyILS
bytes decbytes bits decbits kbytes deckbytes mbytes decmbytes gbytes decgbytes tbytes dectbytes pbytes decpbytes
pps binBps Bps binbps bps KiBs Kibits KBs Kbits MiBs Mibits MBs Mbits GiBs Gibits GBs Gbits TiBs Tibits TBs Tbits PiBs
Pibits PBs Pbits
dateTimeAsIso dateTimeAsIsoNoDateIfToday dateTimeAsUS dateTimeAsUSNoDateIfToday dateTimeAsLocal
dateTimeAsLocalNoDateIfToday dateTimeAsSystem dateTimeFromNow
watt kwatt megwatt gwatt mwatt Wm2 voltamp kvoltamp voltampreact kvoltampreact watth mwatth
watthperkg kwatth kwattm amph kamph mamph joule ev amp kamp mamp volt kvolt mvolt dBm
mohm ohm kohm Mohm farad µfarad nfarad pfarad ffarad henry mhenry
µhenry lumens candela
flowgpm flowcms flowcfs flowcfm litreh flowlpm flowmlpm lux forceNm forcekNm forceN forcekN
Hs KHs MHs GHs THs PHs EHs massmg massg masslb masskg masst lengthmm lengthin lengthft lengthm lengthkm lengthmi
pressurembar pressurebar pressurekbar pressurepa pressurehpa pressurekpa pressurehg pressurepsi
radbq radci radgy radrad radsv radmsv radusv radrem radexpckg radr radsvh radmsvh radusvh
rotrpm rothz rotkhz rotmhz rotghz rotrads rotdegs celsius fahrenheit kelvin
hertz ns µs ms s m h d dtdurationms dtdurations dthms dtdhms timeticks clockms clocks
cps ops reqps rps wps iops eps mps recps rowsps cpm opm reqpm rpm wpm mpm epm recpm rowspm
velocityms velocitykmh velocitymph velocityknot mlitre litre m3 Nm3 dm3 gallons bool bool_yes_no bool_on_off
"""

UNITS = frozenset(_IDS.split())
"""The ids of Grafana's own units."""

_CUSTOM = re.compile(r"(?:suffix|prefix|si|count|time|currency|bool):.+|\$\{?\w+\}?")


def known(unit: str) -> bool:
    """Return whether Grafana knows *unit*: one of its own, a custom one such as `suffix:players`, or a variable."""
    return unit in UNITS or _CUSTOM.fullmatch(unit) is not None


_WORDS = {"%": "percent", "B": "bytes", "byte": "bytes", "count": "short", "number": "short", "ratio": "percentunit"}
_ALIKE = 0.6
"""How much of two ids is the same, at least, where one is taken for the other misspelt."""


def remedy(unit: str) -> str:
    """Return what to do about a unit that Grafana does not know: the one that was likely meant, or one of one's own.

    >>> remedy("seconds")
    "did you mean 's'? A unit of your own is written suffix:seconds"
    """
    of_time = names.duration_meant(f"1 {unit}").removeprefix("1")
    near = of_time or _WORDS.get(unit) or names.nearest(unit, UNITS, _ALIKE)
    return (f"did you mean {near!r}? " if near else "") + f"A unit of your own is written suffix:{unit}"
