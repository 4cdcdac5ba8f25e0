package liquid

import (
	"math"
	"math/big"
	"strconv"
)

var _ = register(map[string]filter{
	"plus":       {min: 1, max: 1, run: arithmetic(addInts, (*big.Rat).Add)},
	"minus":      {min: 1, max: 1, run: arithmetic(subInts, (*big.Rat).Sub)},
	"times":      {min: 1, max: 1, run: arithmetic(mulInts, (*big.Rat).Mul)},
	"divided_by": {min: 1, max: 1, run: divided(divInts, (*big.Rat).Quo)},
	"modulo":     {min: 1, max: 1, run: divided(modInts, modRats)},
	"abs":        {run: absolute},
	"ceil":       {run: rounded(math.Ceil)},
	"floor":      {run: rounded(math.Floor)},
	"round":      {max: 1, run: round},
	"at_least":   {min: 1, max: 1, run: func(v any, a *args) (any, error) { return pick(v, a.at(0), 1), nil }},
	"at_most":    {min: 1, max: 1, run: func(v any, a *args) (any, error) { return pick(v, a.at(0), -1), nil }},
})

// arithmetic calculates whole numbers as such, unless they overflow, and decimals exactly: 10.1 - 2.2 is 7.9.
func arithmetic(ints func(a, b int64) (int64, bool), rats func(z, x, y *big.Rat) *big.Rat) func(any, *args) (any, error) {
	return func(v any, a *args) (any, error) {
		l, r := toNumber(v), toNumber(a.at(0))
		x, xInt := l.(int64)
		y, yInt := r.(int64)
		if xInt && yInt {
			if n, ok := ints(x, y); ok {
				return n, nil
			}
		}
		p, q := rat(l), rat(r)
		if p == nil || q == nil {
			return math.NaN(), nil
		}
		f, _ := rats(new(big.Rat), p, q).Float64()
		return f, nil
	}
}

func divided(ints func(a, b int64) (int64, bool), rats func(z, x, y *big.Rat) *big.Rat) func(any, *args) (any, error) {
	run := arithmetic(ints, rats)
	return func(v any, a *args) (any, error) {
		if toFloat(a.at(0)) == 0 {
			return nil, a.fail("Nothing can be divided by 0.")
		}
		return run(v, a)
	}
}

// rat is a number as it is written; nil for infinity and what is no number.
func rat(v any) *big.Rat {
	if n, ok := v.(int64); ok {
		return new(big.Rat).SetInt64(n)
	}
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(toFloat(v), 'g', -1, 64))
	if !ok {
		return nil
	}
	return r
}

func addInts(a, b int64) (int64, bool) { n := a + b; return n, (n > a) == (b > 0) }
func subInts(a, b int64) (int64, bool) { n := a - b; return n, (n < a) == (b > 0) }

func mulInts(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	n := a * b
	return n, n/b == a && !(a == -1 && b == math.MinInt64) && !(b == -1 && a == math.MinInt64)
}

// divInts rounds down, as Ruby does.
func divInts(a, b int64) (int64, bool) {
	if a == math.MinInt64 && b == -1 {
		return 0, false
	}
	n := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		n--
	}
	return n, true
}

func modInts(a, b int64) (int64, bool) {
	if b == -1 {
		return 0, true
	}
	n := a % b
	if n != 0 && (n < 0) != (b < 0) {
		n += b
	}
	return n, true
}

func modRats(z, x, y *big.Rat) *big.Rat {
	q := new(big.Rat).Quo(x, y)
	whole := new(big.Int).Div(q.Num(), q.Denom()) // Euclidean: floor, since Denom is positive
	return z.Sub(x, new(big.Rat).Mul(y, new(big.Rat).SetInt(whole)))
}

func absolute(v any, a *args) (any, error) {
	switch x := toNumber(v).(type) {
	case int64:
		if x < 0 && x != math.MinInt64 {
			return -x, nil
		}
		return x, nil
	case float64:
		return math.Abs(x), nil
	}
	return int64(0), nil
}

func rounded(f func(float64) float64) func(any, *args) (any, error) {
	return func(v any, a *args) (any, error) {
		n := toNumber(v)
		if x, ok := n.(float64); ok {
			return wholeFloat(f(x)), nil
		}
		return n, nil
	}
}

func wholeFloat(f float64) any {
	if math.Abs(f) < 1<<63 {
		return int64(f)
	}
	return f
}

// round rounds halves away from zero, at a place behind the point.
func round(v any, a *args) (any, error) {
	places := max(min(toInt(a.at(0)), 30), -30)
	n := toNumber(v)
	r := rat(n)
	if _, isInt := n.(int64); r == nil || isInt && places >= 0 {
		return n, nil
	}
	shift := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(max(places, -places)), nil))
	if places < 0 {
		shift.Inv(shift)
	}
	half := big.NewRat(int64(r.Sign()), 2)
	r.Mul(r, shift).Add(r, half)
	whole := new(big.Int).Quo(r.Num(), r.Denom())
	f, _ := r.SetInt(whole).Quo(r, shift).Float64()
	if places > 0 {
		return f, nil
	}
	return wholeFloat(f), nil
}

func pick(v, bound any, sign int) any {
	l, r := toNumber(v), toNumber(bound)
	if order, ok, _ := compare(l, r); ok && order*sign < 0 {
		return r
	}
	return l
}
