"""Routing's rules, by subject: who works on a case, may object to it, answers it, and where it goes when nobody below can.

Everything in these modules is a plain function of the case, what happened, the business instant and the terms it goes by.
"""

from services.routing.afterwards import *
from services.routing.case import *
from services.routing.commands import *
from services.routing.deciding import *
from services.routing.disputes import *
from services.routing.evolving import *
from services.routing.extensions import *
from services.routing.facts import *
from services.routing.following import *
from services.routing.handing_over import *
from services.routing.ladder import *
from services.routing.reviews import *
from services.routing.transfers import *
from services.routing.units import *
