"""The public Python API: a project is a folder, and every verb is one of its methods.

    from sosie import Project
    project = Project("moi")
    project.import_(["Discussion WhatsApp avec Malo.zip"], me=["Léa"])
    project.prepare()
    project.train(model="mini", name="lea")
    project.open("lea").answer("tu viens ce soir ?")

A verb's settings have the names of sosie.toml, which is read first. `report` hears of progress. SosieError is
raised where the user can do something about it; nothing here prints.
"""

from sosie.api.hearing import HearingVerbs
from sosie.api.learning import LearningVerbs
from sosie.api.measuring import MeasuringVerbs
from sosie.api.messages import MessageVerbs
from sosie.api.people import PeopleVerbs
from sosie.api.recalling import RecallVerbs
from sosie.core.errors import SosieError as SosieError


class Project(MessageVerbs, HearingVerbs, PeopleVerbs, LearningVerbs, MeasuringVerbs, RecallVerbs):
    """A folder and what sosie does there. `double` is a run's name, a folder, a zip; None: the newest; `base`
    a copy of the model that it was learnt on, where the one that it names is not here."""
