from . import (
    core as core,
)
from . import (
    errors as errors,
)
from . import (
    get as get,
)
from . import (
    io as io,
)
from . import (
    keys as keys,
)
from . import (
    methods as methods,
)
from . import (
    pl as pl,
)
from . import (
    pp as pp,
)
from . import (
    report as report,
)
from . import (
    responses as responses,
)
from . import (
    signatures as signatures,
)
from . import (
    simulate as simulate,
)
from . import (
    sklearn as sklearn,
)
from . import stats as stats
from . import study as study
from . import tl as tl
from .sklearn import SignatureScorer as SignatureScorer

__version__: str
