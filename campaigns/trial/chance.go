package trial

import "math"

// quantile is the inverse of the standard normal distribution function, for 0 < p < 1.
func quantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }

// proportions is the two-sided p of x of n against y of m: the pooled z-test, or Fisher's
// exact test where fewer than five are expected in a cell.
func proportions(x, n, y, m int64) float64 {
	if n == 0 || m == 0 {
		return 1
	}
	pooled := float64(x+y) / float64(n+m)
	if pooled == 0 || pooled == 1 {
		return 1
	}
	if float64(min(n, m))*min(pooled, 1-pooled) < 5 {
		return fisher(x, n, y, m)
	}
	z := (float64(x)/float64(n) - float64(y)/float64(m)) / math.Sqrt(pooled*(1-pooled)*(1/float64(n)+1/float64(m)))
	return math.Erfc(math.Abs(z) / math.Sqrt2)
}

// fisher is the two-sided exact test: the probability of all tables with these margins that
// are no likelier than the one seen.
func fisher(x, n, y, m int64) float64 {
	hits := x + y
	table := func(k int64) float64 {
		return math.Exp(choose(n, k) + choose(m, hits-k) - choose(n+m, hits))
	}
	seen, p := table(x)*(1+1e-9), 0.0
	for k := max(0, hits-m); k <= min(n, hits); k++ {
		if q := table(k); q <= seen {
			p += q
		}
	}
	return min(1, p)
}

// choose is the logarithm of the binomial coefficient.
func choose(n, k int64) float64 { return factorial(n) - factorial(k) - factorial(n-k) }

func factorial(n int64) float64 {
	l, _ := math.Lgamma(float64(n) + 1)
	return l
}

// wilson is Wilson's score interval of x in n (E. B. Wilson 1927).
func wilson(x, n int64, confidence float64) (low, high float64) {
	z, m := quantile(1-(1-confidence)/2), float64(n)
	p := float64(x) / m
	mid, half := p+z*z/(2*m), z*math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max(0, (mid-half)/(1+z*z/m)), min(1, (mid+half)/(1+z*z/m))
}

// welch is the two-sided p of Welch's t-test, from each side's mean, variance and size.
func welch(m1, v1 float64, n1 int64, m2, v2 float64, n2 int64) float64 {
	if n1 < 2 || n2 < 2 || v1+v2 == 0 {
		return 1
	}
	a, b := v1/float64(n1), v2/float64(n2)
	t := (m1 - m2) / math.Sqrt(a+b)
	df := (a + b) * (a + b) / (a*a/float64(n1-1) + b*b/float64(n2-1))
	return beta(df/(df+t*t), df/2, 0.5)
}

// tQuantile is Student's t below which a share p > 0.5 of the distribution lies, by halving.
func tQuantile(p, df float64) float64 {
	low, high := 0.0, 1e6
	for range 100 {
		mid := (low + high) / 2
		if 1-beta(df/(df+mid*mid), df/2, 0.5)/2 < p {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}

// beta is the regularised incomplete beta function by its continued fraction (DLMF 8.17.22,
// evaluated after Lentz).
func beta(x, a, b float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	case x > (a+1)/(a+b+2):
		return 1 - beta(1-x, b, a)
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab-la-lb+a*math.Log(x)+b*math.Log(1-x)) / a
	return front * fraction(x, a, b)
}

func fraction(x, a, b float64) float64 {
	const tiny = 1e-300
	c, d := 1.0, 1/apart(1-(a+b)*x/(a+1), tiny)
	h := d
	for i := 1.0; i < 500; i++ {
		for _, n := range []float64{i * (b - i) * x / ((a + 2*i - 1) * (a + 2*i)), -(a + i) * (a + b + i) * x / ((a + 2*i) * (a + 2*i + 1))} {
			d = 1 / apart(1+n*d, tiny)
			c = apart(1+n/c, tiny)
			h *= d * c
		}
		if math.Abs(d*c-1) < 1e-14 {
			break
		}
	}
	return h
}

// apart keeps a divisor away from zero.
func apart(v, tiny float64) float64 {
	if math.Abs(v) < tiny {
		return tiny
	}
	return v
}

// Visible is the smallest difference of two shares, in points of 100, that a test with that
// many people a variant will most likely (four times in five) call clear, where about base
// (0 to 1) of them do what is counted and k variants are compared.
func Visible(people int64, base, confidence float64, k int) float64 {
	if people < 1 || k < 2 {
		return 100
	}
	pairs := float64(k*(k-1)) / 2
	z := quantile(1-(1-confidence)/(2*pairs)) + quantile(0.8)
	return min(100, 100*z*math.Sqrt(2*base*(1-base)/float64(people)))
}
