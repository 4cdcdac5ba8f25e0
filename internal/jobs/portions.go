package jobs

import (
	"iter"
	"runtime"
)

// stillReading is after how many rows that are passed over an empty portion keeps the lease.
const stillReading = 20_000

// portion is what is written in one transaction, and how many bytes of the file were read by then.
type portion[R any] struct {
	rows  []R
	bytes int64
	err   error
}

func portions[R any](i *importing, from iter.Seq2[R, error], size int, mark func(R) R) iter.Seq[portion[R]] {
	done, whole := i.report.Rows, i.report.Size
	return func(yield func(portion[R]) bool) {
		read, rows := int64(0), make([]R, 0, size)
		for row, err := range from {
			if err != nil {
				yield(portion[R]{err: err})
				return
			}
			runtime.Gosched()         // whoever waits for a page goes first: their turn would come after 10 ms otherwise
			if read++; read <= done { // committed before the restart
				if read%stillReading == 0 && !yield(portion[R]{bytes: i.bytes.Load()}) {
					return
				}
				continue
			}
			if rows = append(rows, mark(row)); len(rows) < size {
				continue
			}
			if !yield(portion[R]{rows: rows, bytes: i.bytes.Load()}) {
				return
			}
			rows = make([]R, 0, size)
		}
		yield(portion[R]{rows: rows, bytes: whole})
	}
}

// ahead makes the next value while its reader works with the last. When the reader is done, seq has ended.
func ahead[T any](seq iter.Seq[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		next, stop := make(chan T), make(chan struct{})
		var fell any
		go func() {
			defer close(next)
			defer func() { fell = recover() }() // its reader falls with it, who knows what to do
			seq(func(v T) bool {
				select {
				case next <- v:
					return true
				case <-stop:
					return false
				}
			})
		}()
		defer func() {
			close(stop)
			for range next {
			}
		}()
		for v := range next {
			if !yield(v) {
				return
			}
		}
		if fell != nil {
			panic(fell)
		}
	}
}
