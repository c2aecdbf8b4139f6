from . import design as design
from . import flags as flags
from . import multiplicity as multiplicity
from .association import (
    correlation as correlation,
)
from .association import (
    cutoff as cutoff,
)
from .association import (
    roc as roc,
)
from .association import (
    youden as youden,
)
from .changes import (
    adjusted as adjusted,
)
from .changes import (
    arm_visits as arm_visits,
)
from .changes import (
    dose_response as dose_response,
)
from .changes import (
    paired as paired,
)
from .changes import (
    pooling as pooling,
)
from .changes import (
    regression_to_mean as regression_to_mean,
)
from .changes import (
    suppression as suppression,
)
from .changes import (
    visits as visits,
)
from .changes.paired import excluded_effect as excluded_effect
from .exact import maxt as maxt
from .flags import FATAL as FATAL
from .flags import FLAGS as FLAGS
from .genes import (
    expression_filter as expression_filter,
)
from .genes import (
    gene_sets as gene_sets,
)
from .genes import (
    moderated as moderated,
)
from .genes import (
    moderated_visits as moderated_visits,
)
from .genes import (
    negative_control as negative_control,
)
from .genes import (
    random_sets as random_sets,
)
from .models import (
    ancova as ancova,
)
from .models import (
    logistic as logistic,
)
from .models import (
    mixed as mixed,
)
from .models import (
    ordinal as ordinal,
)
from .models import (
    regression as regression,
)
from .planning import association_power as association_power
from .planning import power as power
from .reliability import agreement as agreement
from .reliability import mixture as mixture
from .reliability import retest as retest
from .time_to_event import survival as survival
