"""ifnsig: interferon signature scores before and during JAK inhibition, tied to clinical response.

Verbs work on AnnData (``io``, ``pp``, ``tl``, ``pl``); nouns are what people add
(``signatures``, ``methods``, ``responses``). Nothing heavy is imported until it is used: names are in ``__init__.pyi``.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]
