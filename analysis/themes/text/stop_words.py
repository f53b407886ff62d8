"""Words that say that a text is a bug report, not what it is about."""

from functools import cache

# Read off no project's ranking: these are the verbs, nouns and courtesies that any bug report or fix message of any
# project is made of. A word that tells one part of a program from another (volume, port, schema) must not be here,
# nor one that names a way of failing (race, deadlock, leak, timeout): the failure modes read those.
_WORDS = """
    able according action actual actually add added adding addition additional allow allowed allowing allows already
    also another anymore appear appears apply applied attempt attempted attempting avoid avoided avoids aware
    based basically because behavior behaviour believe better bit break breaks broke broken bug bugs
    bugfix call called caller calling calls can cannot case cases cause caused causes causing certain change changed
    changes changing check checked checking checks clean cleanup clear clearly code come comes commit commits
    committed complete completely condition consider considered contain contained containing contains correct corrected
    correctly could couldn couldnt current currently
    deal default defaults define defined depending describe described description detail details did didn didnt
    different directly discuss discussed does doesn doesnt doing don done dont due
    easy either enable enabled ensure ensured ensures ensuring environment error errors especially etc even exactly
    example exception exceptions exist existed existing exists expect expected expecting expects explicit explicitly
    fact fail failed failing fails failure failures feature file find fine fix fixed fixes fixing follow followed
    following follows forget form found function functionality functions
    general get gets getting given gives giving goes going good got
    had handle handled handles handling happen happened happening happens has have hence helper hit how however
    idea implement implementation implemented implements import important improve improved include included includes
    including incorrect incorrectly indeed info information inside instead intended introduce introduced introduces
    invalid involved issue issues
    just keep kind know known
    later latest lead leading leads least left let like likely line lines link little local log logged logging logic
    logs long longer look looking looks lot
    made main make makes making manually master may maybe mean meaning means mention mentioned merge merged message
    messages method methods might missing mode modify modified module moment move moved moves moving multiple must
    near necessary need needed needs never new newly non none normal normally not note noted notice noticed now number
    object objects obviously occur occurred occurring occurs old one ones only operation option order original
    originally otherwise output
    parameter parameters part particular pass passed passes passing patch patches patched perform performed performing
    place please point pointed points possible possibly prevent prevented prevents previous previously probably problem
    problems proper properly propose proposed provide provided provides purpose put
    quite raise raised raises raising rather really reason reasons recent recently refactor reference regarding related
    relevant rely remain remaining remove removed removes removing rename renamed replace replaced report reported
    reporting reproduce request require required requires resolve resolved resolves result resulted resulting results
    return returned returning returns review right run running runs
    safe said same see seem seems seen self send sent separate set sets setting settings several should shouldn
    shouldnt show shown shows similar simple simplify simply since single situation small solution solve solved
    solves some something sometimes specific specifically specified specify standard start started step steps still
    stop string successful successfully support supported supporting supports sure switch
    take taken takes taking test tested testing tests than thanks that then there therefore these thing things this
    those though thus time times together traceback tried tries trigger triggered true false try trying turn turned
    two type types typo
    unable understand unexpected unit unless unnecessary unused update updated updates upon use used user uses using
    usual usually
    valid value values variable variables various version via
    want wants warning was wasn way well went were what when where whether which while will wish with within without
    won wont word work workaround worked working works would wouldn wrong
    yes yet you your
"""
BUG_REPORT = frozenset(_WORDS.split())


@cache
def ignored_words() -> frozenset[str]:
    """English stop words and the words of bug reports; who only reads the rules does not wait for scikit-learn."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS | BUG_REPORT)
