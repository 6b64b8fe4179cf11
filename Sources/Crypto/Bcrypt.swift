internal import CCrypt

/// bcrypt, `$2b$`, from libcrypt. See crypt(5).
package enum Bcrypt {
    /// The size in bytes of a setting: `$2b$`, two digits of cost, `$`, and the 22 characters of the salt.
    package static let settingSize = 29
    /// The size in bytes of a hash: the setting and 31 characters.
    package static let hashSize = 60

    /// Makes a setting with a fresh salt.
    ///
    /// - Parameter cost: the logarithm of the number of rounds, 4 to 31.
    package static func newSetting(cost: Int) throws(CryptoError) -> [UInt8] {
        guard (4...31).contains(cost) else { throw .badArgument }
        let random = try randomBytes(16)
        var output = [UInt8](repeating: 0, count: Int(CRYPT_GENSALT_OUTPUT_SIZE))
        // SAFETY: both buffers live for the call inside and go there with their own sizes.
        let made = unsafe output.withUnsafeMutableBufferPointer { output in
            unsafe random.withUnsafeBufferPointer { random in
                // SAFETY: both buffers are passed with their own sizes; the prefix is a static C string.
                unsafe output.withMemoryRebound(to: CChar.self) { output in
                    unsafe random.withMemoryRebound(to: CChar.self) { random in
                        unsafe crypt_gensalt_rn(
                            "$2b$", UInt(cost), random.baseAddress, Int32(random.count), output.baseAddress,
                            Int32(output.count)) != nil
                    }
                }
            }
        }
        guard made, output[settingSize] == 0 else { throw .unavailable }
        return Array(output[0..<settingSize])
    }

    /// Hashes `phrase` (1 to 72 bytes, no NUL) under `setting`, 29 bytes of which count.
    ///
    /// - Returns: the whole hash, 60 bytes.
    package static func hash(_ phrase: Span<UInt8>, setting: Span<UInt8>) throws(CryptoError) -> SecretBytes {
        guard (1...72).contains(phrase.count), setting.count >= settingSize else { throw .badArgument }
        for index in phrase.indices where phrase[index] == 0 { throw .badArgument }
        var cPhrase = SecretBytes(capacity: phrase.count + 1)
        cPhrase.append(contentsOf: phrase)
        cPhrase.append(0)
        var cSetting = SecretBytes(capacity: settingSize + 1)
        cSetting.append(contentsOf: setting.extracting(first: settingSize))
        cSetting.append(0)
        var work = SecretBytes(zeroes: MemoryLayout<crypt_data>.size)
        var hash = SecretBytes(capacity: hashSize)
        var workBytes = work.mutableBytes
        // SAFETY: the buffer lives for the call; phrase and setting end in the NUL that was appended above.
        let done = unsafe workBytes.withUnsafeMutableBufferPointer { work in
            unsafe Bcrypt.run(cPhrase.bytes, cSetting.bytes, work: work, into: &hash)
        }
        guard done else { throw .failed }
        return hash
    }

    /// - Safety: `work` must be one zeroed crypt_data, and `phrase` and `setting` must end in NUL.
    @unsafe private static func run(
        _ phrase: Span<UInt8>, _ setting: Span<UInt8>, work: UnsafeMutableBufferPointer<UInt8>,
        into hash: inout SecretBytes
    ) -> Bool {
        // SAFETY: both buffers are used inside alone.
        unsafe phrase.withUnsafeBufferPointer { phrase in
            unsafe setting.withUnsafeBufferPointer { setting in
                // SAFETY: phrase and setting end in NUL, and work is one zeroed crypt_data; the result points into it.
                unsafe phrase.withMemoryRebound(to: CChar.self) { phrase in
                    unsafe setting.withMemoryRebound(to: CChar.self) { setting in
                        guard
                            let result = unsafe crypt_rn(
                                phrase.baseAddress, setting.baseAddress, work.baseAddress, Int32(work.count))
                        else { return false }
                        for index in 0..<hashSize {
                            let byte = unsafe UInt8(bitPattern: result[index])
                            guard byte != 0 else { return false }
                            hash.append(byte)
                        }
                        return unsafe result[hashSize] == 0
                    }
                }
            }
        }
    }
}
