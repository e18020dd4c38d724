# Computes with R what analysis/ computes, and records inputs and results for tests/analysis/test_against_r.py.
#
#   Rscript tests/analysis/against_r/compare.R > tests/analysis/against_r/recorded.json
#
# Needs the packages coin, psych, metafor and sandwich; the tests need only what was recorded.
# Where no package has a definition, it is computed here from its formula with base R; such figures are named "by_hand".

suppressPackageStartupMessages({
  library(coin); library(psych); library(metafor); library(sandwich)
})

# A writer of JSON for what is recorded: named lists, matrices by row, numbers at full precision.
json <- function(x) {
  if (is.null(x)) return("null")
  if (is.list(x)) {
    inner <- vapply(x, json, "")
    if (is.null(names(x))) return(paste0("[", paste(inner, collapse = ", "), "]"))
    return(paste0("{", paste0("\"", names(x), "\": ", inner, collapse = ", "), "}"))
  }
  if (is.matrix(x)) return(paste0("[", paste(apply(x, 1, json_row), collapse = ", "), "]"))
  if (length(x) == 1) return(json_one(x))
  json_row(x)
}
json_row <- function(x) paste0("[", paste(vapply(x, json_one, ""), collapse = ", "), "]")
json_one <- function(x) {
  if (is.na(x)) "null" else if (is.character(x)) paste0("\"", x, "\"") else if (is.logical(x)) tolower(x) else
    sprintf("%.17g", as.numeric(x))
}
quietly <- function(x) suppressMessages(suppressWarnings(x))

# Before and after --------------------------------------------------------------------------------------------------

# Pairs as two vectors of answers, from a table of counts by before (rows) and after (columns).
spread_out <- function(table) {
  before <- rep(row(table) - 1, table)
  after <- rep(col(table) - 1, table)
  list(before = before, after = after)
}

pratt <- function(before, after) {
  p <- length(before)
  data <- data.frame(y = c(after, before), x = factor(rep(c("after", "before"), each = p), c("after", "before")),
                     block = factor(rep(seq_len(p), 2)))
  exact <- quietly(wilcoxsign_test(y ~ x | block, data, zero.method = "Pratt", distribution = exact()))
  asymptotic <- quietly(wilcoxsign_test(y ~ x | block, data, zero.method = "Pratt", distribution = asymptotic()))
  list(mid_p = as.numeric(midpvalue(exact)), exact_p = as.numeric(pvalue(exact)),
       # coin's own p value loses its digits where it is small; that of its z does not.
       asymptotic_p_by_hand = 2 * pnorm(-abs(as.numeric(statistic(asymptotic)))))
}

j <- function(m) exp(lgamma(m / 2) - log(sqrt(m / 2)) - lgamma((m - 1) / 2))

change <- function(table) {
  pairs <- spread_out(table)
  d <- pairs$after - pairs$before
  n <- length(d)
  ranks <- rank(abs(d))
  up <- sum(ranks[d > 0]); down <- sum(ranks[d < 0])
  walsh <- outer(d, d, "+")[lower.tri(diag(n), diag = TRUE)] / 2
  t <- t.test(pairs$after, pairs$before, paired = TRUE)
  list(table = table, n = n, mean_change = mean(d), se = as.numeric(t$stderr), ci = as.numeric(t$conf.int),
       t_plus_by_hand = up, rank_biserial_by_hand = (up - down) / (up + down),
       hodges_lehmann_by_hand = median(walsh),
       g_av_by_hand = j(n - 1) * mean(d) / sqrt((var(pairs$before) + var(pairs$after)) / 2),
       pratt = pratt(pairs$before, pairs$after),
       sign_p = binom.test(sum(d > 0), sum(d != 0))$p.value)
}

tables <- list(
  rising = matrix(c(1,2,1,0,0, 0,2,3,1,0, 0,1,3,4,1, 0,0,1,3,2, 0,0,0,1,3), 5, byrow = TRUE),
  ceiling = matrix(c(0,0,0,0,0, 0,0,1,0,0, 0,0,1,2,1, 0,0,1,4,3, 0,0,0,2,9), 5, byrow = TRUE),
  ten = matrix(c(0,1,0,0,0, 0,1,2,0,0, 0,1,0,2,0, 0,0,0,1,1, 0,0,0,0,1), 5, byrow = TRUE),
  all_rose = matrix(c(0,3,2,0,0, 0,0,4,1,0, 0,0,0,3,1, 0,0,0,0,2, 0,0,0,0,0), 5, byrow = TRUE),
  falling = matrix(c(2,0,0,0,0, 3,1,0,0,0, 1,4,2,1,0, 0,2,3,2,0, 0,0,1,4,1), 5, byrow = TRUE),
  level = matrix(c(2,3,0,0,0, 3,1,2,0,0, 0,2,3,1,0, 0,0,1,2,1, 0,0,0,1,1), 5, byrow = TRUE),
  wide = matrix(c(1,1,2,1,3, 0,2,1,2,1, 1,0,2,1,2, 0,1,1,2,0, 1,0,0,1,2), 5, byrow = TRUE),
  hundred = matrix(c(4,6,5,1,0, 2,9,11,4,1, 1,4,14,12,3, 0,2,5,9,6, 0,0,1,3,7), 5, byrow = TRUE),
  beyond_200 = matrix(c(9,31,16,3,1, 7,22,44,19,4, 2,13,31,52,17, 1,4,12,28,38, 0,1,3,11,26), 5, byrow = TRUE))

# Yes/no items: no-no, no-yes (rose), yes-no (fell), yes-yes.
yes_no <- function(no_no, rose, fell, yes_yes) {
  n <- no_no + rose + fell + yes_yes
  least <- min(rose, fell); moved <- rose + fell
  mid <- if (rose == fell) 1 - dbinom(least, moved, 0.5) / 2 else
    2 * pbinom(least - 1, moved, 0.5) + dbinom(least, moved, 0.5)
  limits <- function(k) as.numeric(prop.test(k, n, correct = FALSE)$conf.int)
  before <- yes_yes + fell; after <- yes_yes + rose
  l <- limits(after); m <- limits(before); p <- after / n; q <- before / n
  product <- yes_yes * no_no - rose * fell
  if (product > 0) product <- max(0, product - n / 2)
  margins <- as.numeric(before) * (n - before) * after * (n - after)
  phi <- if (margins > 0) product / sqrt(margins) else 0
  low <- sqrt((p - l[1])^2 - 2 * phi * (p - l[1]) * (m[2] - q) + (m[2] - q)^2)
  high <- sqrt((l[2] - p)^2 - 2 * phi * (l[2] - p) * (q - m[1]) + (q - m[1])^2)
  list(table = matrix(c(no_no, rose, fell, yes_yes), 2, byrow = TRUE), change = p - q,
       mid_p_by_hand = mid, exact_p = binom.test(rose, moved)$p.value,
       newcombe_by_hand = c(p - q - low, p - q + high))
}

# Reliability -------------------------------------------------------------------------------------------------------

scale_of <- function(people, items, seed) {
  set.seed(seed)
  skill <- rnorm(people)
  matrix(vapply(seq_len(items), function(i) pmin(4, pmax(0, round(2 + 0.8 * skill + rnorm(people, 0, 0.5 + 0.15 * i)))),
                numeric(people)), people)
}

one_factor <- function(cov) {
  miss <- function(l) sum((cov - l %o% l)[lower.tri(cov)]^2)
  slope <- function(l) {
    rest <- cov - l %o% l; diag(rest) <- 0
    as.numeric(-2 * rest %*% l)
  }
  l <- sqrt(diag(cov)) * 0.7
  for (i in 1:50) l <- optim(l, miss, slope, method = "BFGS", control = list(reltol = 1e-16, maxit = 1000))$par
  # Newton's steps from there, since an optimiser stops where the sum no longer shrinks, half the digits early.
  for (i in 1:20) {
    curve <- -2 * (cov - 2 * l %o% l); diag(curve) <- 2 * (sum(l^2) - l^2)
    l <- l - solve(curve, slope(l))
  }
  l <- abs(l)
  list(loadings = l, omega = sum(l)^2 / (sum(l)^2 + sum(diag(cov) - l^2)))
}

reliability <- function(answers) {
  n <- nrow(answers); k <- ncol(answers); cov <- cov(answers)
  raw <- quietly(psych::alpha(as.data.frame(answers), warnings = FALSE))$total$raw_alpha
  feldt <- psych::alpha.ci(raw, n.obs = n, n.var = k, digits = 15)
  fitted <- quietly(psych::fa(answers, 1, fm = "minres", covar = TRUE))
  l <- as.numeric(fitted$loadings)
  standard <- quietly(psych::fa(answers, 1, fm = "minres"))
  s <- as.numeric(standard$loadings)
  by_hand <- one_factor(cov)
  list(answers = answers, alpha = raw, feldt = c(feldt$lower.ci, feldt$upper.ci), loadings_psych_minres_cov = abs(l),
       omega_psych_minres_cov = sum(l)^2 / (sum(l)^2 + sum(diag(cov) - l^2)),
       omega_by_hand = by_hand$omega, loadings_by_hand = by_hand$loadings,
       omega_psych_correlations = 1 - sum(1 - s^2) / sum(cor(answers)))
}

# Workshops together ------------------------------------------------------------------------------------------------

pool <- function(yi, vi) {
  tight <- list(threshold = 1e-14, maxiter = 10000, tol = 1e-14)
  one <- function(method, test) {
    m <- quietly(rma(yi, vi, method = method, test = test, control = if (method == "REML") tight else list()))
    p <- predict(m)
    list(estimate = as.numeric(m$beta), se = m$se, ci = c(m$ci.lb, m$ci.ub), tau2 = m$tau2, i2 = m$I2 / 100,
         q = m$QE, q_p = m$QEp, prediction = c(p$pi.lb, p$pi.ub), weights = as.numeric(weights(m)) / 100)
  }
  # "adhoc" is Knapp and Hartung's interval, never narrower than the plain one; "knha" may be.
  list(effects = yi, variances = vi, REML = one("REML", "adhoc"), DL = one("DL", "adhoc"),
       REML_may_be_narrower = one("REML", "knha"))
}

# Groups, shares, organisations, coders -----------------------------------------------------------------------------

groups <- function(...) {
  counts <- list(...)
  answers <- lapply(counts, function(c) rep(seq_along(c) - 1, c))
  all <- unlist(answers); of <- factor(rep(names(answers), lengths(answers)), names(answers))
  h <- kruskal.test(all, of)
  both <- combn(names(answers), 2, simplify = FALSE)
  pairs <- lapply(both, function(two) {
    a <- answers[[two[1]]]; b <- answers[[two[2]]]
    w <- wilcox.test(a, b, exact = FALSE, correct = TRUE)
    list(u = as.numeric(w$statistic), p = w$p.value, delta_by_hand = mean(sign(outer(a, b, "-"))))
  })
  holm <- p.adjust(vapply(pairs, function(each) each$p, 0), "holm")
  list(counts = counts, h = as.numeric(h$statistic), df = as.numeric(h$parameter), p = h$p.value, pairs = pairs, holm = as.list(holm))
}

share <- function(k, n) list(k = k, n = n, wilson = as.numeric(prop.test(k, n, correct = FALSE)$conf.int),
                             clopper_pearson = as.numeric(binom.test(k, n)$conf.int))

organisations <- function(answers) {
  y <- unlist(answers); of <- factor(rep(seq_along(answers), lengths(answers)))
  fit <- lm(y ~ 1)
  se <- sqrt(vcovCL(fit, cluster = of, type = "HC0", cadjust = TRUE)[1, 1])
  table <- anova(lm(y ~ of))
  m <- lengths(answers); k <- length(m); n <- sum(m)
  n0 <- (n - sum(m^2) / n) / (k - 1)
  icc <- (table[1, 3] - table[2, 3]) / (table[1, 3] + (n0 - 1) * table[2, 3])
  own <- vapply(answers, mean, 0)
  list(answers = lapply(answers, as.list), mean = mean(y), se = se, ci = mean(y) + c(-1, 1) * qt(0.975, k - 1) * se,
       organisation_mean = mean(own), organisation_ci = as.numeric(t.test(own)$conf.int),
       icc_by_hand = icc, design_effect_by_hand = 1 + (sum(m^2) / n - 1) * icc)
}

kappa_of <- function(table) {
  found <- quietly(psych::cohen.kappa(table))
  n <- sum(table); p <- table / n; a <- rowSums(p); b <- colSums(p); pe <- sum(a * b); k <- found$kappa
  # Fleiss, Cohen and Everitt 1969, their (13).
  by_one <- outer(b, a, "+")^2 * p; diag(by_one) <- 0
  v <- (sum(diag(p) * (1 - (a + b) * (1 - k))^2) + (1 - k)^2 * sum(by_one) - (k - pe * (1 - k))^2) / (n * (1 - pe)^2)
  list(table = table, kappa = k, ci_psych = as.numeric(found$confid[1, c(1, 3)]),
       ci_by_hand = k + c(-1, 1) * qnorm(0.975) * sqrt(v))
}

scale_summary <- function(counts) {
  x <- rep(seq_along(counts) - 1, counts)
  list(counts = counts, mean = mean(x), sd = sd(x), quartiles = as.numeric(quantile(x, c(0.25, 0.5, 0.75), type = 7)),
       ci = as.numeric(t.test(x)$conf.int))
}

p_values <- c(0.01, 0.04, 0.03, 0.005, 0.2, 0.9, 0.03)

recorded <- list(
  software = c(list(R = paste(R.version$major, R.version$minor, sep = ".")),
               sapply(c("coin", "psych", "metafor", "sandwich"), function(p) as.character(packageVersion(p)), simplify = FALSE)),
  changes = lapply(tables, change),
  yes_no = list(yes_no(1, 7, 1, 3), yes_no(59, 6, 16, 80), yes_no(20, 9, 3, 18), yes_no(5, 8, 8, 4), yes_no(0, 12, 1, 0),
                yes_no(30, 7, 0, 2)),
  holm = list(p = p_values, adjusted = p.adjust(p_values, "holm")),
  reliability = list(reliability(scale_of(40, 6, 1)), reliability(scale_of(31, 4, 2)), reliability(scale_of(120, 11, 3)),
                     reliability(scale_of(60, 3, 4))),
  pooling = list(
    pool(c(0.9, 0.4, 1.3, 0.7, 0.2, 1.1), c(0.04, 0.03, 0.09, 0.02, 0.05, 0.06)),
    pool(c(0.5, 0.55, 0.52, 0.48), c(0.05, 0.08, 0.04, 0.1)),
    pool(c(0.1, 0.8), c(0.02, 0.03)),
    pool(c(-0.3, 0.6, 1.9, 0.4, 2.2, 1.0, 0.1, 0.9, 1.4, 0.3), c(0.11, 0.02, 0.3, 0.05, 0.09, 0.01, 0.2, 0.04, 0.15, 0.08)),
    pool(c(-0.8893, -1.5854, -1.3481, -1.4416, -0.2175, -0.7861, -1.6209, 0.0120, -0.4694, -1.3713, -0.3394, 0.4459, -0.0173),
         c(0.3256, 0.1946, 0.4154, 0.0200, 0.0512, 0.0069, 0.2230, 0.0040, 0.0564, 0.0730, 0.0124, 0.5325, 0.0714))),
  groups = list(groups(a = c(2,3,4,1,0), b = c(0,2,3,4,2), c = c(1,1,3,2,5)), groups(a = c(0,0,3,3,0), b = c(0,3,3,0,0)),
                groups(a = c(5,0,0,0,5), b = c(0,5,5,5,0), c = c(2,2,2,2,2), d = c(0,0,0,9,9)), groups(a = c(3,3), b = c(3,3))),
  shares = list(share(81, 263), share(15, 148), share(1, 5), share(0, 20), share(29, 29), share(7, 10)),
  organisations = list(organisations(list(c(3,3,4), c(1,2), c(2,2,2,3), c(4), c(0,1,1))),
                       organisations(list(c(1,3), c(2,4,0), c(1,2,3,4)))),
  kappa = list(kappa_of(matrix(c(20,5,10,15), 2, byrow = TRUE)),
               kappa_of(matrix(c(11,2,1, 3,14,2, 0,4,9), 3, byrow = TRUE)), kappa_of(matrix(c(30,1,0,9), 2, byrow = TRUE))),
  scales = list(scale_summary(c(2,5,9,14,7)), scale_summary(c(0,0,1,11,40)), scale_summary(c(3,0,0,0,4))))
parts <- paste0("\"", names(recorded), "\": ", vapply(recorded, json, ""))
cat("{", paste(parts, collapse = ",\n"), "}\n", sep = "")
