import collections, sys
from tests.stories import test_any_life as t
C=collections.Counter()
orig=t.AnyLife._same
def same(outcome, expected):
    f=sys._getframe(1); n=f.f_code.co_name
    if n=='_act' and 'modelled' in f.f_locals: n=f.f_locals['modelled'].__name__
    C[(n,expected)]+=1
    orig(outcome,expected)
t.AnyLife._same=staticmethod(same)
td=t.AnyLife.teardown
def teardown(self):
    for o in self.ids: C['status',o.status]+=1; 
    td(self)
t.AnyLife.teardown=teardown
gs=t.model.Model.gateway_says
def g(self,order,word):
    q=self.question(order)[1]; C['gateway',q,word]+=1; gs(self,order,word); C['after charge',order.status, order.charging]+=1
t.model.Model.gateway_says=g
vs=t.model.Model._vendor_said
def v(self,o,l,a):
    C['vendor',a,l.leaving,l.unsure]+=1; vs(self,o,l,a); C['line',l.state,l.unsure]+=1
t.model.Model._vendor_said=v
loaded=t.loaded
test_any_life=t.test_any_life
def test_zz():
    for k in sorted(C,key=str): print(k,C[k])
    assert 0
