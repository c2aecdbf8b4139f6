# ANCOVA with CR2 errors, every patient a cluster, and Satterthwaite degrees of freedom. Rscript ancova.R, in this folder.
# Writes ancova.csv (rounded before the analysis) and ancova.json.
library(clubSandwich)
library(jsonlite)
set.seed(20261)
settings <- list(
  n6 = c(3, 3, 1, 1), n8 = c(3, 5, 2, 0.5), n12 = c(6, 6, 2, 0.7), n19 = c(5, 14, 2, 0.7), n24 = c(8, 16, 2, 0.7),
  n40 = c(12, 28, 0.5, 2)
)
made <- do.call(rbind, lapply(names(settings), function(name) {
  s <- settings[[name]]
  n <- s[1] + s[2]
  arm <- rep(c(1, 0), s[1:2])
  base <- round(rnorm(n, 3, 1), 4)
  age <- round(rnorm(n, 50, 10))
  followup <- round(1 + 0.6 * base - 0.5 * arm + 0.02 * age + rnorm(n) * ifelse(arm == 1, s[3], s[4]), 4)
  data.frame(set = name, arm = arm, base = base, age = age, followup = followup)
}))
write.csv(made, "ancova.csv", row.names = FALSE, quote = FALSE)

row_of <- function(fit, name) {
  v <- vcovCR(fit, cluster = seq_len(nobs(fit)), type = "CR2")
  t <- coef_test(fit, vcov = v, test = "Satterthwaite")
  at <- which(rownames(t) == name)
  list(est = t$beta[at], se = t$SE[at], df = t$df[at], p = t$p_Satt[at])
}
out <- lapply(split(made, factor(made$set, names(settings))), function(d) {
  d$centred <- d$base - mean(d$base)
  plain <- lm(followup ~ centred + arm, d)
  both <- lm(followup ~ centred * arm, d)
  aged <- lm(followup ~ centred + arm + age, d)
  list(
    effect = row_of(plain, "arm"), slope = row_of(plain, "centred"), interaction = row_of(both, "centred:arm"),
    with_age = row_of(aged, "arm")
  )
})
versions <- list(R = as.character(getRversion()), clubSandwich = as.character(packageVersion("clubSandwich")))
write(toJSON(list(versions = versions, sets = out), auto_unbox = TRUE, digits = 15, pretty = TRUE), "ancova.json")
