// Package fault holds the errors a person can act on: what is wrong, in words, and where.
package fault

import (
	"errors"
	"fmt"
)

// A Code says what sort of fault it is; web turns it into an HTTP status.
type Code string

// The codes, with the status web answers.
const (
	Invalid   Code = "invalid"   // 422: correct the input
	NotFound  Code = "not_found" // 404
	Conflict  Code = "conflict"  // 409: somebody was first
	Forbidden Code = "forbidden" // 403
	SignIn    Code = "sign_in"   // 401
	TooMany   Code = "too_many"  // 429
	Away      Code = "away"      // 503: something we rely on does not answer
	TooLarge  Code = "too_large" // 413
)

// Error is a fault: Format and Args are kept apart so that web can say it in the
// reader's language (the format is the catalogue's key).
type Error struct {
	Code   Code
	Format string
	Args   []any
	Fields []FieldError // the inputs to correct, if any
}

// FieldError is what is wrong with one input, named as in the form.
type FieldError struct {
	Field  string
	Format string
	Args   []any
}

// A Word is an argument that is itself a catalogue id: it is said in the reader's language.
type Word string

// New returns a fault with a sentence for a person.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Format: format, Args: args}
}

// Field returns an Invalid fault about one input.
func Field(field, format string, args ...any) *Error {
	return &Error{Code: Invalid, Format: format, Args: args,
		Fields: []FieldError{{Field: field, Format: format, Args: args}}}
}

// Error is the English sentence.
func (e *Error) Error() string { return fmt.Sprintf(e.Format, e.Args...) }

// Error is the English sentence about the field.
func (f FieldError) Error() string { return fmt.Sprintf(f.Format, f.Args...) }

// Join gathers the field errors of several faults into one; nil when all are nil.
// An error that is no fault is returned at once.
func Join(errs ...error) error {
	var all *Error
	for _, err := range errs {
		if err == nil {
			continue
		}
		f, ok := errors.AsType[*Error](err)
		if !ok {
			return err
		}
		if all == nil {
			all = &Error{Code: f.Code, Format: f.Format, Args: f.Args}
		}
		all.Fields = append(all.Fields, f.Fields...)
	}
	if all == nil {
		return nil
	}
	return all
}

// Is reports whether err is a fault of that code.
func Is(err error, code Code) bool {
	f, ok := errors.AsType[*Error](err)
	return ok && f.Code == code
}
