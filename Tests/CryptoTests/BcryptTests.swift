import Crypto
import Testing

@Suite struct BcryptTests {
    private static let setting = Array("$2b$04$cVWp4XaNU8a4v1uMRum2SO".utf8)

    private func hash(_ phrase: [UInt8], _ setting: [UInt8] = setting) throws(CryptoError) -> [UInt8] {
        array(try Bcrypt.hash(phrase.span, setting: setting.span))
    }

    @Test func `new settings are fresh and say their cost`() throws {
        let alphabet = Array("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
        var seen: Set<[UInt8]> = []
        for cost in [4, 5, 9, 10, 12, 31] {
            for _ in 0..<20 {
                let setting = try Bcrypt.newSetting(cost: cost)
                #expect(setting.count == Bcrypt.settingSize)
                #expect(Array(setting.prefix(7)) == Array("$2b$\(cost < 10 ? "0" : "")\(cost)$".utf8))
                #expect(setting.dropFirst(7).allSatisfy(alphabet.contains))
                #expect(seen.insert(setting).inserted)
            }
        }
        for cost in [Int.min, -1, 0, 3, 32, Int.max] {
            #expect(throws: CryptoError.badArgument) { try Bcrypt.newSetting(cost: cost) }
        }
    }

    @Test func `a new setting hashes, and only the phrase gives the hash`() throws {
        let setting = try Bcrypt.newSetting(cost: 4)
        let expected = try hash(Array("ABCD2345".utf8), setting)
        #expect(expected.count == Bcrypt.hashSize)
        #expect(Array(expected.prefix(Bcrypt.settingSize)) == setting)
        #expect(try hash(Array("ABCD2345".utf8), setting) == expected)
        #expect(try hash(Array("ABCD2346".utf8), setting) != expected)
        #expect(try hash(Array("abcd2345".utf8), setting) != expected)
        #expect(try hash(Array("ABCD2345".utf8), Bcrypt.newSetting(cost: 4)) != expected)
    }

    @Test func `all 72 bytes of the longest phrase count`() throws {
        var phrase = [UInt8](repeating: UInt8(ascii: "a"), count: 72)
        let expected = try hash(phrase)
        for index in [0, 36, 70, 71] {
            phrase[index] = UInt8(ascii: "b")
            #expect(try hash(phrase) != expected)
            phrase[index] = UInt8(ascii: "a")
        }
    }

    @Test func `phrases out of range are refused`() {
        for count in [0, 73, 1000] {
            #expect(throws: CryptoError.badArgument) { try hash([UInt8](repeating: 1, count: count)) }
        }
        for phrase: [UInt8] in [[0], [0, 1], [1, 0], [1, 2, 0, 3]] {
            #expect(throws: CryptoError.badArgument) { try hash(phrase) }
        }
    }

    @Test(arguments: [
        "$2b$03$cVWp4XaNU8a4v1uMRum2SO", "$2b$32$cVWp4XaNU8a4v1uMRum2SO", "$2b$4$cVWp4XaNU8a4v1uMRum2SOx",
        "$2b$04$cVWp4XaNU8a4v1uMRum2S!", "$2b$04$cVWp4XaNU8a4v1uMR m2SO", "$2z$04$cVWp4XaNU8a4v1uMRum2SO",
        "$1$abcdefgh$................", "$6$abcdefgh$................", "abcdefghijklmnopqrstuvwxyz012",
        "*0*0*0*0*0*0*0*0*0*0*0*0*0*0*", "                             ",
    ])
    func `settings of other methods or none are refused`(setting: String) {
        let setting = Array(setting.utf8)
        let padded = setting + [UInt8](repeating: UInt8(ascii: "."), count: max(0, Bcrypt.settingSize - setting.count))
        #expect(throws: CryptoError.failed) { try hash(Array("ABCD2345".utf8), padded) }
    }

    @Test func `short settings are refused`() {
        for count in 0..<Bcrypt.settingSize {
            #expect(throws: CryptoError.badArgument) { try hash([1], Array(Self.setting.prefix(count))) }
        }
        for count in 0..<Bcrypt.settingSize {
            var cut = Self.setting
            cut[count] = 0
            #expect(throws: CryptoError.failed) { try hash([1], cut) }
        }
    }
}
