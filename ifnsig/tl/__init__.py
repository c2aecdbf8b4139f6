"""The verbs: score, call, change and its tests, suppression, in vitro, agreement, specificity, respond, associate.

Their names are in ``__init__.pyi``; a verb is imported when it is first asked for, so that scoring does not wait for the
statistics of the others. Each room says what lives there.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
