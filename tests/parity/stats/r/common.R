# shared by every golden script; run from this folder with: Rscript NN_name.R
suppressPackageStartupMessages(library(jsonlite))
out <- normalizePath(".."); dat <- file.path(out, "data")
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
wj <- function(x, name) { write_json(x, file.path(out, paste0(name, ".json")), auto_unbox = TRUE, digits = NA, pretty = TRUE, na = "null", null = "null") }
wc <- function(d, name) write.csv(d, file.path(dat, paste0(name, ".csv")), row.names = FALSE, quote = FALSE)
r4 <- function(x) round(x, 4)
ver <- function(...) as.list(setNames(vapply(c(...), function(p) as.character(packageVersion(p)), ""), c(...)))
meta <- function(...) list(R = as.character(getRversion()), packages = ver(...), rng = paste(RNGkind(), collapse = "/"))
