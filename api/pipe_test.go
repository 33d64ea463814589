package api

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// pipes is a listener whose connections are net.Pipes. They wait on channels and timers instead of
// the system's sockets, so in a synctest bubble the deadlines of a server and its client use the
// bubble's clock.
type pipes struct {
	dialled chan net.Conn
	closed  chan struct{}
	close   func()
}

func listenOnPipes() *pipes {
	p := &pipes{dialled: make(chan net.Conn), closed: make(chan struct{})}
	p.close = sync.OnceFunc(func() { close(p.closed) })
	return p
}

// client returns a client of the server behind the listener, whatever the host in a URL.
func (p *pipes) client() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext: func(context.Context, string, string) (net.Conn, error) {
				client, server := net.Pipe()
				select {
				case p.dialled <- server:
					return client, nil
				case <-p.closed:
					return nil, net.ErrClosed
				}
			}}}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.dialled:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error { p.close(); return nil }

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }
